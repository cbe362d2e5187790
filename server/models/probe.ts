import type { ProbeFindings } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { OutputMode, RouteOptions } from '../../protocol/routing.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import { type Asking, type ProbePorts, startAsking } from './probeCalls.ts'
import { contradictingPrompt, temptingPrompt } from './probeItems.ts'
import { measureReadout, mostReadoutCalls } from './probeReadout.ts'
import { followsSchema, readTempted, type Tempted } from './readProbeAnswer.ts'

/** What a probe measures; the caller adds where and when. */
export type Measured = Omit<ProbeFindings, 'serverVersion' | 'at'>

/** So many contradictions at most: one for each strict mode, and one more with thinking switched over. */
export function mostContradictions(offered: readonly OutputMode[]): number {
  const strict = offered.filter(isStrict).length
  return strict + (strict > 0 ? 1 : 0)
}

/** So many calls at most: each mode once, the contradictions, and what a read-out takes where there are log probabilities. */
export function mostProbeCalls(offered: readonly OutputMode[], topLogprobs: number): number {
  return offered.length + mostContradictions(offered) + (topLogprobs > 0 ? mostReadoutCalls : 0)
}

/**
 * Measures by small calls what the model's endpoint really does, beginning with the best output mode and ending with the first
 * that works. An outage, a wrong key or a limit end it with their reason: nothing is known then. An answer that cannot be used
 * is what it looks for.
 */
export async function probeModel(ports: ProbePorts): Promise<Outcome<Measured>> {
  const asking = startAsking(ports)
  const modes = await measureModes(asking, ports)
  if (!modes.ok) return modes
  const [best] = modes.value
  const strict = modes.value.find(({ mode }) => isStrict(mode))
  const thinking = await measureThinking(asking, strict, ports.canThink)
  if (!thinking.ok) return thinking
  const readout = await measureReadout(ports)
  if (!readout.ok) return readout
  const { calls, usages, ...readOut } = readout.value
  const { emptyWhileThinking, ...found } = asking.findings()
  // What only needs its thinking switched off is of use.
  const isUseless =
    emptyWhileThinking !== true && modes.value.every(({ tempted, isAnswer }) => !isAnswer || tempted.isShapeless)
  return succeed({
    ...(isUseless ? { usable: false } : {}),
    schema: strict?.isFollowed ?? null,
    ...thinking.value,
    enumeration: enumerationOf(best),
    batchOfFive: best?.tempted.isWhole ?? null,
    emptyWhileThinking,
    ...found,
    ...readOut,
    calls: found.calls + calls,
    usage: sumUsage([found.usage, ...usages]),
    outputModes: orderOf(ports.offered, modes.value),
  })
}

interface TriedMode {
  mode: OutputMode
  tempted: Tempted
  /** It was a text that ended by itself. */
  isAnswer: boolean
  /** Null: it is no strict mode, or it could not be determined. */
  isFollowed: boolean | null
}

/** Modes that the provider refuses are not among the answer; when it refuses all, the last refusal is the reason. */
async function measureModes(asking: Asking, { offered, drawMark }: ProbePorts): Promise<Outcome<TriedMode[]>> {
  const tried: TriedMode[] = []
  let refusal: Reason | null = null
  for (const mode of offered) {
    const prompt = temptingPrompt(drawMark())
    const answer = await asking.ask(prompt, mode)
    if (!answer.ok) return answer
    if (answer.value.kind === 'refused') {
      refusal = answer.value.reason
      continue
    }
    const tempted = readTempted(answer.value, prompt)
    const followed = isStrict(mode) ? await measureSchema(asking, mode) : succeed(null)
    if (!followed.ok) return followed
    // Only a strict mode promises the shape: elsewhere a list is as good as a map.
    const isFollowed = isStrict(mode) && tempted.isShapeless ? false : followed.value
    tried.push({ mode, tempted, isAnswer: answer.value.kind === 'text', isFollowed })
    if (tempted.isWhole && isFollowed !== false) break
  }
  return tried.length === 0 && refusal ? { ok: false, reason: refusal } : succeed(tried)
}

async function measureSchema(asking: Asking, mode: OutputMode, thinking?: boolean): Promise<Outcome<boolean | null>> {
  const prompt = contradictingPrompt()
  const answer = await asking.ask(prompt, mode, thinking)
  return answer.ok ? succeed(followsSchema(answer.value, prompt.schema)) : answer
}

/** Only for a model that thinks: by itself, or because it is said to be able to. */
async function measureThinking(
  asking: Asking,
  strict: TriedMode | undefined,
  canThink: boolean,
): Promise<Outcome<Pick<Measured, 'schemaWithThinking' | 'schemaWithoutThinking'>>> {
  const thinksByItself = asking.hasThought()
  if (!strict || !(thinksByItself || canThink))
    return succeed({ schemaWithThinking: null, schemaWithoutThinking: null })
  const switched = await measureSchema(asking, strict.mode, !thinksByItself)
  if (!switched.ok) return switched
  return succeed(
    thinksByItself
      ? { schemaWithThinking: strict.isFollowed, schemaWithoutThinking: switched.value }
      : { schemaWithThinking: switched.value, schemaWithoutThinking: strict.isFollowed },
  )
}

/** That no name outside the list came proves something only where a strict mode was kept. */
function enumerationOf(best: TriedMode | undefined): boolean | null {
  if (best?.tempted.hasForeignName) return false
  return best?.isFollowed && best.tempted.isWhole ? true : null
}

/** Best first; what was refused is not there. */
function orderOf(offered: readonly OutputMode[], tried: readonly TriedMode[]): OutputMode[] {
  const rankOf = (mode: OutputMode): number => {
    const found = tried.find((each) => each.mode === mode)
    if (!found) return ranks.notAsked
    if (!found.tempted.isWhole) return ranks.unusable
    if (!isStrict(mode)) return ranks.wholeLoose
    return found.isFollowed === false ? ranks.wholeButNotFollowed : ranks.followed
  }
  const last = offered.indexOf(tried.at(-1)?.mode ?? 'text')
  const remaining = offered.filter((mode, index) => index > last || tried.some((each) => each.mode === mode))
  return remaining.toSorted((one, other) => rankOf(one) - rankOf(other))
}

/** Of modes that came back whole, JSON mode at least promises JSON; a schema that is not kept promises nothing. */
const ranks = { followed: 0, wholeLoose: 1, wholeButNotFollowed: 2, notAsked: 3, unusable: 4 }

/**
 * How answers are asked for, best first: as it was measured. What was not measured keeps its place after that; what was measured
 * and refused is not tried again. With thinking other than by default, a schema counts as far as it was kept with that.
 */
export function orderOutputModes(
  offered: readonly OutputMode[],
  findings: Pick<ProbeFindings, 'outputModes' | 'schema' | 'schemaWithThinking' | 'schemaWithoutThinking'> | null,
  thinking: RouteOptions['thinking'],
): readonly OutputMode[] {
  if (findings === null) return offered
  const measured = findings.outputModes.filter((mode) => offered.includes(mode))
  if (measured.length === 0) return offered
  const isFollowed = isSchemaFollowed(findings, thinking)
  if (isFollowed === findings.schema || isFollowed === null) return measured
  const [strict, loose] = [measured.filter(isStrict), measured.filter((mode) => !isStrict(mode))]
  return isFollowed ? [...strict, ...loose] : [...loose, ...strict]
}

function isSchemaFollowed(
  findings: Pick<ProbeFindings, 'schema' | 'schemaWithThinking' | 'schemaWithoutThinking'>,
  thinking: RouteOptions['thinking'],
): boolean | null {
  if (thinking === undefined) return findings.schema
  return thinking === false ? findings.schemaWithoutThinking : findings.schemaWithThinking
}

/** A mode that is meant to make an answer outside the schema impossible. */
export function isStrict(mode: OutputMode): boolean {
  return mode === 'schema' || mode === 'tool'
}
