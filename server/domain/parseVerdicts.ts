import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { type FoundVerdicts, findVerdicts, type JsonRecord, readField } from './findVerdicts.ts'
import { type Note, quote, readCategoryVerdict, readScoreVerdict, type VerdictProblem } from './readVerdict.ts'
import type { CategorizationWork, CategoryVerdict, PreparedItem, ScoreVerdict, ScoringWork } from './work.ts'

/** Verdicts by item key, and the keys that have none and are to be asked again; or an answer with nothing to use in it. */
export type ParsedAnswer<Verdict> =
  | { ok: true; verdicts: ReadonlyMap<string, Verdict>; missing: string[]; problems: VerdictProblem[] }
  | {
      ok: false
      problem: Extract<FoundVerdicts, { ok: false }>['problem']
      detail: string
      localizable?: LocalizableMessage
      problems: VerdictProblem[]
    }

/** Reads a categorization answer, trusting nothing in it. A label that is not offered never gets through. */
export function parseCategoryVerdicts(answer: string, work: CategorizationWork): ParsedAnswer<CategoryVerdict> {
  return matchVerdicts(answer, work.items, (record, note) => readCategoryVerdict(record, work.profile, note))
}

/** Reads a scoring answer, trusting nothing in it. */
export function parseScoreVerdicts(answer: string, work: ScoringWork): ParsedAnswer<ScoreVerdict> {
  return matchVerdicts(answer, work.items, readScoreVerdict)
}

/** More than this many problems of one answer say nothing new. */
const mostProblems = 50

/** Verdicts for unknown keys are dropped; of several usable ones for a key the first counts. */
function matchVerdicts<Verdict>(
  answer: string,
  items: readonly PreparedItem[],
  read: (record: JsonRecord, note: Note) => Verdict | null,
): ParsedAnswer<Verdict> {
  const problems: VerdictProblem[] = []
  const noteFor =
    (key: string | null): Note =>
    (code, detail) => {
      if (problems.length < mostProblems) problems.push({ key, code, detail })
    }
  const found = findVerdicts(answer)
  if (!found.ok) return { ...found, problems }
  const wanted = new Set(items.map((item) => item.key))
  const verdicts = new Map<string, Verdict>()
  for (const record of found.found) {
    const key = keyOf(record) ?? (items.length === 1 && found.found.length === 1 ? items[0]?.key : null)
    if (key === null || key === undefined) noteFor(null)('no_key', 'a verdict without a key')
    else if (!wanted.has(key)) noteFor(null)('unknown_key', `no item has the key ${quote(key)}`)
    else if (verdicts.has(key)) noteFor(key)('duplicate_key', 'only the first verdict counts')
    else {
      const verdict = read(record, noteFor(key))
      if (verdict !== null) verdicts.set(key, verdict)
    }
  }
  if (verdicts.size === 0)
    return { ok: false, problem: 'schema', ...withMessage('detail', describeFailure(problems)), problems }
  return { ok: true, verdicts, missing: [...wanted].filter((key) => !verdicts.has(key)), problems }
}

/** What was wrong with a verdict is shown as it stands in the log: it quotes the model. */
function describeFailure([first]: readonly VerdictProblem[]): LocalizableMessage {
  return first ? localizable('no verdict can be used ({0})', first.detail) : localizable('no verdict can be used')
}

function keyOf(record: JsonRecord): string | null {
  const key = readField(record, 'key')
  if (typeof key === 'number') return String(key)
  return typeof key === 'string' ? key.trim() : null
}
