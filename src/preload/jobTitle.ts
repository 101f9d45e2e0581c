/** @file What a job is called: the same words for one that a form started and for one of a terminal. */

/** Of `distillery`, as the table of jobs has it: with `--workspace` and whatever else was typed. */
type Command = readonly string[];

/** `Embedding of food`; a command that has no such words as it was typed. */
export function jobTitle(typed: Command): string {
  const command = wordsOf(typed);
  const [name = '', ...rest] = command;
  return titles.get(name)?.(rest) ?? command.join(' ');
}

/** Without those about the workspace, which is the one that is open, and about output. */
export const wordsOf = (typed: Command): string[] =>
  typed.filter((word, at) => !/^--(workspace(=|$)|json$)/.test(word) && typed[at - 1] !== '--workspace');

/** Undefined: as it was typed. */
const titles = new Map<string, (rest: Command) => string | undefined>(
  Object.entries({
    demo: (rest) => (rest.includes('--quick') ? 'Demo (quick)' : 'Demo'),
    run: ([config]) => config && `Pipeline ${baseName(config)}`,
    import: (rest) => ofDataset('Import', rest),
    embed: (rest) => ofDataset('Embedding', rest),
    balance: (rest) => ofDataset('Balance', rest),
    cluster: (rest) => ofDataset('Clustering', rest),
    map: (rest) => ofDataset('Map', rest),
    quality: (rest) => ofDataset('Quality', rest),
    search: (rest) => ofDataset('Search', rest, 'in'),
    decide: (rest) => ofDataset('Decisions', rest, 'on'),
    distill: (rest) => {
      const run = option(rest, '--resume');
      if (run !== undefined) return `Distillation, continued: ${run}`;
      const student = option(rest, '--student');
      return ofDataset(student === undefined ? 'Distillation' : `Distillation of ${baseName(student)}`, rest, 'on');
    },
    evaluate: (rest) => {
      const [task = ''] = rest;
      if (task === 'suite') return `Evaluation, all sets of ${rest[1] ?? ''}`;
      const data = option(rest, '--dataset') ?? option(rest, '--data');
      const what = tasks[task];
      return what && (data === undefined ? what : `${what} on ${baseName(data)}`);
    },
    export: (rest) => {
      const [what = ''] = rest;
      const of = option(rest, '--dataset') ?? option(rest, '--run');
      return `Export of ${what.replaceAll('-', ' ')}${of === undefined ? '' : `, ${of}`}`;
    },
    teacher: (rest) => (rest[0] === 'add' ? `Teacher ${option(rest, '--name') ?? baseName(rest[1] ?? '')}` : undefined),
  }),
);

const tasks: Record<string, string | undefined> = {
  'zero-shot': 'Zero-shot evaluation',
  'linear-probe': 'Linear probe',
  'k-nn': 'k-NN evaluation',
  retrieval: 'Retrieval',
};

function ofDataset(what: string, rest: Command, joint = 'of'): string | undefined {
  const dataset = option(rest, '--dataset');
  return dataset && `${what} ${joint} ${dataset}`;
}

/** Both ways in which an option is typed. */
function option(words: Command, name: string): string | undefined {
  const at = words.indexOf(name);
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

const baseName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
