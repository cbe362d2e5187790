import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { Label } from '../../protocol/labels.ts'
import { correctedScore } from '../../shared/correctedResult.ts'
import { labelScore } from '../domain/compositeScore.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { type KnownResult, markOf } from './knownResult.ts'
import type { DocumentRecord } from './readRecords.ts'
import type { RunLayer } from './runLayers.ts'

/** A record of a text that has a result. */
export interface ShownRecord {
  record: DocumentRecord
  /** The run that it is of. */
  layer: RunLayer
  result: KnownResult
  /** The text under this id is another one than that which was judged. */
  isChanged: boolean
  /** What a person said of it; null: nothing. */
  label: Label | null
  /** The composite score with what the person said in it; null: not scored, or not known since the person corrected it. */
  score: number | null
  categories: readonly string[] | null
  /** Answers to the run's own criteria, a person's before the model's; null: it has none. */
  criteria: CriteriaValues | null
}

/**
 * By the newest run that has judged the text as it stands now, else by the newest that has judged the record. A person's word goes before
 * the model's, in the score too. Null: no run has a result of it.
 */
export function showRecord(
  record: DocumentRecord,
  layers: readonly RunLayer[],
  label: Label | null,
): ShownRecord | null {
  const mark = markOf(record.inputHash)
  const found = layers.flatMap((layer) => {
    const result = layer.known.get(record.key)
    return result ? [{ layer, result }] : []
  })
  const best = found.find(({ result }) => result.mark === mark) ?? found[0]
  if (!best) return null
  const { layer, result } = best
  return {
    record,
    layer,
    result,
    isChanged: mark !== result.mark,
    label,
    categories: label?.categories ?? result.categories,
    criteria: answersWith(label, result.criteria, layer.run.profile),
    score: label ? scoreWith(label, result, layer.run.profile) : result.score,
  }
}

/** A label may have answers to criteria of other profiles. */
function answersWith(
  label: Label | null,
  judged: CriteriaValues | null,
  profile: CompiledProfile | null,
): CriteriaValues | null {
  if (judged === null || !label?.criteria) return judged
  const all = { ...judged, ...label.criteria }
  const asked = profile?.rubric?.criteria ?? []
  return Object.fromEntries(asked.flatMap(({ name }) => (Object.hasOwn(all, name) ? [[name, all[name] ?? '']] : [])))
}

function scoreWith(label: Label, result: KnownResult, profile: CompiledProfile | null): number | null {
  const score = profile && labelScore(label, result, profile).score
  return correctedScore({ ...label, score }, result.score)
}
