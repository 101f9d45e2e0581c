/**
 * @file `distillery run CONFIG.yaml`: all stages in order, each skipped when its options and inputs are those of the
 * last time. What a stage consumed is named by the state of the database (ids, fingerprints), not by times of files.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { defined } from './defined.ts';
import { checkpoint, type StageContext } from './progress.ts';
import * as pipeline from './pipeline.ts';
import type { PipelineConfig } from './pipelineConfig.ts';
import { findEmbeddings, openEmbeddings } from './store/embeddings.ts';
import { writeWhole } from './store/files.ts';
import { findDataset, latestBalance, type Workspace } from './store/workspace.ts';
import { bundledFiles, bundledName } from './teacher/parts.ts';
import { resolveModel } from './teacher/registry.ts';

/** What each stage found the last time, by its key. */
const journalSchema = z.record(z.string(), z.object({ key: z.string(), result: z.record(z.string(), z.unknown()) }));
type Journal = z.infer<typeof journalSchema>;
type Section = Record<string, unknown> & { unchanged: boolean };

export async function runPipeline(
  workspace: Workspace,
  config: PipelineConfig,
  context: StageContext,
): Promise<Record<string, Section | Section[]>> {
  const journal = await Pipeline.open(workspace, config, context);
  return journal.run();
}

class Pipeline {
  private readonly workspace: Workspace;
  private readonly config: PipelineConfig;
  private readonly context: StageContext;
  private readonly file: string;
  private readonly journal: Journal;

  private constructor(
    workspace: Workspace,
    config: PipelineConfig,
    context: StageContext,
    file: string,
    journal: Journal,
  ) {
    this.workspace = workspace;
    this.config = config;
    this.context = context;
    this.file = file;
    this.journal = journal;
  }

  static async open(workspace: Workspace, config: PipelineConfig, context: StageContext): Promise<Pipeline> {
    const file = path.join(workspace.dir, 'pipeline', `${hashOf(config.dataset).slice(0, 16)}.json`);
    const text = await readFile(file, 'utf8').catch(() => '{}');
    const parsed = journalSchema.safeParse(parseJson(text));
    // a damaged journal only means that stages run again; they find their own results
    return new Pipeline(workspace, config, context, file, parsed.success ? parsed.data : {});
  }

  async run(): Promise<Record<string, Section | Section[]>> {
    const { config, workspace, context } = this;
    const { dataset } = config;
    const sections: Record<string, Section | Section[]> = {};
    if (config.import) {
      const result = await pipeline.importData(workspace, { dataset, ...config.import }, context);
      sections['import'] = { ...result, unchanged: result.added === 0 && result.repaired === 0 };
    }
    const { embed, balance, cluster, distill } = config;
    if (embed) {
      const inputs = [embed, await this.samples(), await weightsState(embed.teacher)];
      sections['embed'] = await this.stage('embed', inputs, () =>
        pipeline.embed(workspace, { dataset, ...embed }, context),
      );
    }
    const teacher = embed && pipeline.nameOfModel(embed.teacher);
    const named = { dataset, ...defined({ teacher }) };
    if (balance) {
      const others = balance.against === undefined ? [] : [await this.allEmbeddings(balance.against)];
      const state = [await this.decisions(), await fileState(balance.protect)];
      const inputs = [balance, await this.embeddings(teacher), ...others, ...state];
      sections['balance'] = await this.stage('balance', inputs, () =>
        pipeline.balance(workspace, { ...named, ...balance }, context),
      );
    }
    if (cluster) {
      const inputs = [cluster, await this.embeddings(teacher), await this.balanceState()];
      sections['cluster'] = await this.stage('cluster', inputs, () =>
        pipeline.cluster(workspace, { ...named, ...cluster }, context),
      );
    }
    if (distill) sections['distill'] = await this.distill(distill, named, teacher);
    const run = runOf(sections['distill']);
    const evaluations: Section[] = [];
    for (const section of config.evaluate) {
      const inputs = [
        section.model === undefined ? run : await weightsState(section.model),
        section.dataset && (await this.samples()),
      ];
      evaluations.push(await this.stage(listed('evaluate', section), inputs, () => this.evaluate(section, run)));
    }
    sections['evaluate'] = evaluations;
    const exports: Section[] = [];
    for (const section of config.export) {
      const request = { ...section, dataset, run };
      const inputs = ['student', 'metrics'].includes(section.what)
        ? run
        : section.what === 'evaluations'
          ? evaluations.map(({ unchanged: _, ...found }) => found)
          : [await this.samples(), await this.balanceState(), await this.clusteringId()];
      exports.push(
        await this.stage(listed('export', section), inputs, () => pipeline.exportResult(workspace, request, context)),
      );
    }
    sections['export'] = exports;
    return sections;
  }

  private async distill(
    section: NonNullable<PipelineConfig['distill']>,
    named: { dataset: string; teacher?: string },
    teacher: string | undefined,
  ): Promise<Section> {
    const { student, preset, options } = section;
    const needsTeacher = options.cluster !== false || options.instance !== false;
    const inputs = [
      needsTeacher ? await this.embeddings(teacher) : await this.samples(),
      options.all ? null : await this.balanceState(),
      options.cluster === false ? null : await this.clusteringId(),
    ];
    const request = { ...named, student, ...defined({ preset }) };
    return this.stage(listed('distill', section), inputs, () =>
      pipeline.distill(this.workspace, request, options, this.context),
    );
  }

  private evaluate(section: PipelineConfig['evaluate'][number], run: string | undefined) {
    const { task, model, data, root, dataset, label, ...options } = section;
    const subject = model === undefined ? { run } : { model };
    const request = { task, ...defined({ ...subject, data, root, dataset, label }) };
    return pipeline.evaluate(this.workspace, request, options, this.context);
  }

  private async stage(name: string, inputs: unknown, work: () => Promise<object>): Promise<Section> {
    await checkpoint(this.context);
    const key = hashOf(inputs);
    const known = this.journal[name];
    if (known?.key === key && outputsExist(known.result)) {
      this.context.log(`${name.split(' ')[0]!}: unchanged, skipped.`);
      return { ...known.result, unchanged: true };
    }
    const result = (await work()) as Record<string, unknown>;
    this.journal[name] = { key, result };
    await writeWhole(this.file, JSON.stringify(this.journal, null, 2) + '\n');
    return { ...result, unchanged: false };
  }

  private async samples(): Promise<unknown> {
    const { id } = await findDataset(this.workspace, this.config.dataset);
    return this.workspace.sqlite
      .prepare("SELECT count(*) AS n, max(id) AS last FROM samples WHERE dataset_id = ? AND status = 'ok'")
      .get(id);
  }

  private async embeddings(teacher: string | undefined): Promise<unknown> {
    const set = await findEmbeddings(this.workspace, this.config.dataset, teacher);
    return [set.manifest.teacher, set.manifest.fingerprint, set.manifest.shards];
  }

  /** Of all teachers. */
  private async allEmbeddings(dataset: string): Promise<unknown> {
    const parent = path.join(this.workspace.dir, 'embeddings', dataset);
    const names = (await readdir(parent).catch(() => [])).sort();
    const sets = await Promise.all(names.map((name) => openEmbeddings(path.join(parent, name))));
    return sets.map((set) => set?.manifest);
  }

  /** Decisions change what a balance keeps. */
  private async balanceState(): Promise<unknown> {
    const { id } = await findDataset(this.workspace, this.config.dataset);
    return [(await latestBalance(this.workspace, id))?.id ?? null, await this.decisions()];
  }

  private async decisions(): Promise<unknown> {
    const { id } = await findDataset(this.workspace, this.config.dataset);
    return this.workspace.sqlite
      .prepare('SELECT count(*) AS n, max(id) AS last, max(undone_at) AS undone FROM decisions WHERE dataset_id = ?')
      .get(id);
  }

  private async clusteringId(): Promise<unknown> {
    const { id } = await findDataset(this.workspace, this.config.dataset);
    return this.workspace.sqlite.prepare('SELECT max(id) AS id FROM clusterings WHERE dataset_id = ?').get(id);
  }
}

/** Journal entry of a stage that may appear several times: its settings are part of the name. */
const listed = (stage: string, section: object): string => `${stage} ${hashOf(section).slice(0, 12)}`;

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Size and time of a model's files: its hash would mean reading gigabytes at each run. */
async function weightsState(reference: string): Promise<unknown> {
  if (reference === bundledName) return Promise.all(bundledFiles().map(fileState));
  const place = resolveModel(reference);
  const file = ['open_clip_model.safetensors', 'model.safetensors', '.']
    .map((name) => path.join(place, name))
    .find((candidate) => existsSync(candidate));
  const { size, mtimeMs } = await stat(file ?? place);
  return [size, mtimeMs];
}

/** Size and time of a file that an option names. */
async function fileState(file: string | undefined): Promise<unknown> {
  if (file === undefined) return null;
  const found = await stat(file).catch(() => undefined);
  return found ? [found.size, found.mtimeMs] : null;
}

/** Files that a result names are still there. */
function outputsExist(result: Record<string, unknown>): boolean {
  return ['path', 'model'].every((field) => {
    const file = result[field];
    return typeof file !== 'string' || !path.isAbsolute(file) || existsSync(file);
  });
}

function runOf(section: Section | Section[] | undefined): string | undefined {
  const run = Array.isArray(section) ? undefined : section?.['run'];
  return typeof run === 'string' ? run : undefined;
}
