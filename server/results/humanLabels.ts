import { Buffer } from 'node:buffer'
import type { Label } from '../../protocol/labels.ts'
import type { HumanLabel, ResultRecord } from '../../protocol/results.ts'
import { correctedScore } from '../../shared/correctedResult.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { labelScore, type SaidOfItem } from '../domain/compositeScore.ts'
import { placeOf } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { answersOf, type ResultColumns } from './resultColumns.ts'

/** The golden set of a run's workspace; `version` is another one when it has changed. */
export interface RunLabels {
  version: string
  labels: ReadonlyMap<string, { label: Label }>
}

/** Null: nobody has said anything in the run's workspace. */
export type LabelsOf = (request: JournalHeader['request']) => Promise<RunLabels | null>

/** What people said of the items of one run, with the profile whose weights count. */
export interface ShownLabels {
  /** Another one when any label has changed. */
  version: string
  byHash: ReadonlyMap<string, { label: Label }>
  /** Null: it cannot be used, so nothing has a score. */
  profile: CompiledProfile | null
}

/** Null: nobody has said anything. */
export async function openLabels(
  labelsOf: LabelsOf | undefined,
  { request, profile }: Pick<JournalHeader, 'request' | 'profile'>,
): Promise<ShownLabels | null> {
  const found = (await labelsOf?.(request)) ?? null
  if (!found || found.labels.size === 0) return null
  const compiled = compileProfile(profile)
  return { version: found.version, byHash: found.labels, profile: compiled.ok ? compiled.value : null }
}

function humanLabel({ label }: { label: Label }, judged: SaidOfItem, profile: CompiledProfile | null): HumanLabel {
  const { categories, interest, quality, criteria, at } = label
  const said = { categories, interest, quality, ...(criteria ? { criteria } : {}) }
  const scored = profile ? labelScore(said, judged, profile) : { score: null, blockedBy: null }
  return { ...said, ...scored, at }
}

/** The result with what a person said of its item. */
export function withHuman(result: ResultRecord, labels: ShownLabels | null): ResultRecord {
  const found = labels?.byHash.get(result.inputHash)
  return found && labels ? { ...result, human: humanLabel(found, result, labels.profile) } : result
}

const beforeHash = Buffer.from(',"inputHash":"')

/** The same for results on their way into a file: those without a label pass as they are. */
export async function* showHuman(groups: AsyncIterable<Buffer[]>, labels: ShownLabels): AsyncGenerator<Buffer[]> {
  for await (const group of groups) {
    yield group.map((text) => {
      const at = text.indexOf(beforeHash) + beforeHash.length
      if (!labels.byHash.has(text.toString('latin1', at, at + 64))) return text
      return Buffer.from(JSON.stringify(withHuman(JSON.parse(text.toString()) as ResultRecord, labels)))
    })
  }
}

/** The columns as a person sees them: what was corrected goes before the model's word. */
export function columnsWithHuman(columns: ResultColumns, labels: ShownLabels): ResultColumns {
  const human = findLabelled(columns, labels)
  const sets = new Map<number, number>()
  for (const [item, { categories }] of human) if (categories) sets.set(item, columns.sets.add(categories))
  return {
    index: columns.index,
    sets: columns.sets,
    score: (item) => scoreInTenths(human.get(item), columns.score(item)),
    interest: (item) => human.get(item)?.interest ?? columns.interest(item),
    quality: (item) => human.get(item)?.quality ?? columns.quality(item),
    confidence: columns.confidence,
    sureness: columns.sureness,
    floor: columns.floor,
    opinion: columns.opinion,
    correction: columns.correction,
    asker: columns.asker,
    askers: columns.askers,
    set: (item) => sets.get(item) ?? columns.set(item),
    criteria: columns.criteria,
    answer(item, number) {
      const criterion = columns.criteria[number]
      const said = human.get(item)?.criteria
      const own = criterion && said && Object.hasOwn(said, criterion.name) ? said[criterion.name] : undefined
      const place = criterion && own !== undefined ? placeOf(criterion, own) : null
      return place ?? columns.answer(item, number)
    },
    calls: columns.calls,
    isReused: columns.isReused,
    isNearFurther: columns.isNearFurther,
    isScoreUnsure: columns.isScoreUnsure,
    hasLostQuote: columns.hasLostQuote,
    addressesJudge: columns.addressesJudge,
    isCanaryFollowed: columns.isCanaryFollowed,
    isHuman: (item) => human.has(item),
    inputRest: columns.inputRest,
    take: columns.take,
    get bytes() {
      return columns.bytes + human.size * 200
    },
  }
}

/** Columns keep scores in tenths. */
function scoreInTenths(human: HumanLabel | undefined, judged: number | null): number | null {
  if (!human) return judged
  const score = correctedScore(human, judged === null ? null : judged / 10)
  return score === null ? null : Math.round(score * 10)
}

/** Labels are few and results may be a million: these are gone through once, and compared by 64 bits of their hashes. */
export function findLabelled(columns: ResultColumns, { byHash, profile }: ShownLabels): Map<number, HumanLabel> {
  const byMark = new Map<number, { rest: number; found: { label: Label } }[]>()
  for (const [inputHash, found] of byHash) {
    const mark = Number.parseInt(inputHash.slice(0, 8), 16)
    const rest = Number.parseInt(inputHash.slice(8, 16), 16)
    byMark.set(mark, [...(byMark.get(mark) ?? []), { rest, found }])
  }
  const human = new Map<number, HumanLabel>()
  for (let item = 0; item < columns.index.size; item++) {
    const found = byMark.get(columns.index.input(item))?.find(({ rest }) => rest === columns.inputRest(item))
    if (!found) continue
    const judged = {
      categories: columns.sets.names(columns.set(item)),
      interest: columns.interest(item),
      quality: columns.quality(item),
      criteria: answersOf(columns, item),
    }
    human.set(item, humanLabel(found.found, judged, profile))
  }
  return human
}
