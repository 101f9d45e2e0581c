import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const stages = ['import', 'embed', 'balance', 'cluster', 'distill', 'evaluate', 'export'];

/** Only pipeline/ composes stages: a stage sees the runtime, clip/ and the store, never another stage. */
const stageBoundaries = stages.map((stage) => ({
  files: [`src/main/engine/${stage}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: stages.filter((other) => other !== stage).map((other) => `**/${other}/*`),
            message: 'Stages never import each other; compose them in pipeline/.',
          },
          {
            group: ['**/pipeline.ts', '**/pipeline/*', '**/cli.ts', '**/service.ts'],
            message: 'A stage does not know its callers.',
          },
          { group: ['electron'], message: 'The engine is headless.' },
        ],
      },
    ],
  },
}));

/** The layers under the stages know nothing above them. */
const layer = (name, forbidden, allowed = []) => ({
  files: [`src/main/engine/${name}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [...forbidden.map((other) => `**/${other}/*`), ...allowed.map((file) => `!**/${file}`)],
            message: `${name}/ lies under ${forbidden.join(', ')}.`,
          },
          { group: ['electron'], message: 'The engine is headless.' },
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['node_modules', 'out', 'workspace', 'resources'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.engine.json', './tsconfig.app.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off', // typed-array indexing under noUncheckedIndexedAccess
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        AbortController: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  { files: ['src/renderer/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
  ...stageBoundaries,
  layer('runtime', ['clip', 'store', ...stages]),
  layer('store', ['clip', 'runtime', ...stages]),
  layer('decisions', ['clip', 'runtime', ...stages]),
  layer('quality', ['clip', 'runtime', ...stages]),
  layer('clip', ['store', ...stages], ['store/files.ts']),
  {
    files: ['src/renderer/**', 'src/preload/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/engine/*', 'node:*'], message: 'The window asks through the contract.' }] },
      ],
    },
  },
  prettier,
);
