/** @file One decision over many groups: the keep rule's choice in all groups that nobody reviewed, within limits. */

import { keepRule, type KeepRule } from '../balance/options.ts';
import { defined } from '../defined.ts';
import { UsageError } from '../errors.ts';
import { findDataset, timestamp, type Workspace } from '../store/workspace.ts';
import { applied, effectOf, insertDecision, logEvent, systemUser } from '../decisions/decide.ts';
import type { Effect } from '../decisions/effect.ts';
import { OPEN } from '../decisions/reviewState.ts';

/** Groups within all of the limits; a group whose value is not known is beyond it. */
export interface RuleLimits {
  maxDiameter?: number | undefined;
  maxSize?: number | undefined;
  /** Of the weakest link. */
  maxWeakest?: number | undefined;
}

export interface Rule extends RuleLimits {
  keep: KeepRule;
}

export interface RuleResult {
  /** Null in a dry run, and where there is no such group. */
  decision: number | null;
  /** Groups that it decides. */
  groups: number;
  /** Images in them. */
  images: number;
  /** Images that stay now and did not before. */
  changed: number;
  /** Null where there is no such group. */
  effect: Effect | null;
}

export const ruleNames = keepRule.options;

/** Larger values first. The same values as those of balance, keepRules.ts. */
const scores: Record<KeepRule, string> = {
  centroid: '0',
  resolution: 's.width * s.height',
  agreement: 's.agreement',
  oldest: '-s.modified',
};

/** Groups g that a rule is about; some image of each may stay. */
const eligible = `g.balance_id = @balance AND g.review = ${OPEN}
  AND (@maxDiameter IS NULL OR g.diameter <= @maxDiameter) AND (@maxWeakest IS NULL OR g.weakest <= @maxWeakest)
  AND (@maxSize IS NULL OR g.size <= @maxSize)
  AND EXISTS (SELECT 1 FROM members m WHERE m.group_id = g.id AND m.rank IS NOT NULL)`;

const limitsOf = ({ maxDiameter, maxSize, maxWeakest }: RuleLimits) => ({
  maxDiameter: maxDiameter ?? null,
  maxSize: maxSize ?? null,
  maxWeakest: maxWeakest ?? null,
});

/** Groups and images that the rule would decide, and the first of the groups, the largest first. */
export function matchingGroups(
  { sqlite }: Workspace,
  balance: number,
  limits: RuleLimits,
  first: number,
): { groups: number; images: number; first: number[] } {
  const given = { balance, ...limitsOf(limits) };
  const counts = sqlite
    .prepare<object, { groups: number; images: number }>(
      `SELECT count(*) AS groups, coalesce(sum(g.size), 0) AS images FROM duplicate_groups g WHERE ${eligible}`,
    )
    .get(given)!;
  const list = sqlite
    .prepare<object, number>(
      `SELECT g.id FROM duplicate_groups g WHERE ${eligible} ORDER BY g.size DESC, g.id LIMIT @first`,
    )
    .pluck()
    .all({ ...given, first });
  return { ...counts, first: list };
}

/** @throws {UsageError} for a limit that no group can be within */
function checkLimits({ maxDiameter = 0, maxSize = 2, maxWeakest = 0 }: RuleLimits): void {
  if (maxSize < 2) throw new UsageError(`--max-size ${maxSize} leaves no group: a group has 2 images or more.`);
  for (const [option, value] of [
    ['--max-diameter', maxDiameter],
    ['--max-weakest', maxWeakest],
  ] as const) {
    if (value < 0) throw new UsageError(`${option} ${value} leaves no group: distances are 0 or more.`);
  }
}

class DryRun extends Error {}

/**
 * Decides all groups of the latest balance that nobody reviewed, in one decision that is undone as one. A dry run does
 * the same and takes it back, so its counts are exact.
 * @throws {UsageError} without a balance, for limits that nothing is within, and for agreement without embedded captions
 */
export async function applyRule(
  workspace: Workspace,
  request: Rule & { dataset: string; annotator?: string | undefined; dryRun?: boolean | undefined },
): Promise<RuleResult> {
  const { dataset, annotator = systemUser(), dryRun = false } = request;
  checkLimits(request);
  const { id: datasetId } = await findDataset(workspace, dataset);
  const { sqlite } = workspace;
  const balance = sqlite
    .prepare<[number], number>('SELECT id FROM balances WHERE dataset_id = ? ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(datasetId);
  if (balance === undefined) {
    throw new UsageError(`Dataset "${dataset}" has no balance yet: distillery balance --dataset ${dataset}`);
  }
  if (request.keep === 'agreement') requireAgreement(workspace, datasetId);
  let result: RuleResult | undefined;
  const write = sqlite.transaction(() => {
    result = decideGroups(workspace, { ...request, datasetId, balance, annotator });
    if (dryRun) throw new DryRun();
  });
  try {
    write.immediate();
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return dryRun ? { ...result!, decision: null } : result!;
}

function decideGroups(
  workspace: Workspace,
  {
    keep,
    datasetId,
    balance,
    annotator,
    maxDiameter,
    maxSize,
    maxWeakest,
  }: Rule & { datasetId: number; balance: number; annotator: string },
): RuleResult {
  const limits = { maxDiameter, maxSize, maxWeakest };
  const { groups, images } = matchingGroups(workspace, balance, limits, 0);
  if (groups === 0) return { decision: null, groups, images, changed: 0, effect: null };
  const decidedAt = timestamp();
  const rule = JSON.stringify({ keep, ...defined(limits) });
  const kind = 'keep-only';
  const decision = insertDecision(workspace, { datasetId, kind, annotator, decidedAt, rule, sides: [] });
  // protected images stay, whatever the rule prefers; those that go in any case are not named
  workspace.sqlite
    .prepare(
      `INSERT INTO decision_samples (decision_id, sample_id, side)
       SELECT @decision, sample_id, CASE WHEN rank = 0 OR (place = 1 AND NOT fixed) THEN 0 ELSE 1 END FROM (
         SELECT m.sample_id, m.rank, max(m.rank = 0) OVER (PARTITION BY m.group_id) AS fixed, row_number() OVER (
           PARTITION BY m.group_id ORDER BY ${scores[keep]} DESC NULLS LAST, m.distance, m.sample_id) AS place
         FROM duplicate_groups g JOIN members m ON m.group_id = g.id JOIN samples s ON s.id = m.sample_id
         WHERE ${eligible} AND m.rank IS NOT NULL) ORDER BY sample_id`,
    )
    .run({ decision, balance, ...limitsOf(limits) });
  const change = applied(workspace, datasetId, decision, kind);
  logEvent(workspace, { decision, action: 'decide', annotator, at: decidedAt, change });
  const before = new Set(change?.before);
  const changed = change?.after.filter((sample) => !before.has(sample)).length ?? 0;
  return { decision, groups, images, changed, effect: effectOf(change) };
}

function requireAgreement({ sqlite }: Workspace, datasetId: number): void {
  const known = sqlite
    .prepare<[number], 1>('SELECT 1 FROM samples WHERE dataset_id = ? AND agreement IS NOT NULL LIMIT 1')
    .get(datasetId);
  if (known === undefined) {
    throw new UsageError(
      'No picture was compared with its caption yet. Embed the dataset with a teacher that has a text side, or choose another rule.',
    );
  }
}
