import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { readEvidence } from './evidence.ts'
import { type FoundVerdicts, findVerdicts, type JsonRecord } from './findVerdicts.ts'
import { matchKey } from './itemKeys.ts'
import { readCriteriaVerdict } from './readCriteria.ts'
import { type Note, quote, readCategoryVerdict, readScoreVerdict, type VerdictProblem } from './readVerdict.ts'
import type {
  CategorizationWork,
  CategoryVerdict,
  CompiledProfile,
  JointVerdict,
  PreparedItem,
  ScoreVerdict,
  ScoringWork,
  Work,
} from './work.ts'

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
  return matchVerdicts(answer, work.items, {
    read(record, note, item): CategoryVerdict | null {
      const verdict = readCategoryVerdict(record, work.profile, note)
      const { evidence } = quotesOf(record, work, item)
      return verdict && (evidence === undefined ? verdict : { ...verdict, evidence })
    },
    isSame: sayTheSameLabels,
  })
}

/** Reads a scoring answer, trusting nothing in it. */
export function parseScoreVerdicts(answer: string, work: ScoringWork): ParsedAnswer<ScoreVerdict> {
  const fields = criteriaFields(work.profile)
  return matchVerdicts(answer, work.items, {
    read(record, note, item): ScoreVerdict | null {
      const verdict = readScores(record, work.profile, note)
      const { criteria } = quotesOf(record, work, item)
      return verdict && (criteria ? { ...verdict, evidence: criteria } : verdict)
    },
    isSame: sayTheSameScores,
    ...(fields ? { fields } : {}),
  })
}

/**
 * Reads an answer to both tasks. An item counts as answered with its categories alone: what is wrong with its scores leaves it without
 * them. `takesOffScale`: so does a number that is none of the scale; otherwise one of those voids the answer, as it does where only scores are asked for.
 */
export function parseJointVerdicts(
  answer: string,
  work: CategorizationWork,
  { takesOffScale }: { takesOffScale: boolean },
): ParsedAnswer<JointVerdict> {
  const { items, profile } = work
  const fields = criteriaFields(profile)
  return matchVerdicts(answer, items, {
    read(record, note, item): JointVerdict | null {
      const categorization = readCategoryVerdict(record, profile, note)
      const scoring = readScores(record, profile, takesOffScale ? tolerating(note) : note)
      const { evidence, criteria } = quotesOf(record, work, item)
      return (
        categorization && {
          categorization: { ...categorization, ...(evidence === undefined ? {} : { evidence }) },
          ...(scoring ? { scoring: { ...scoring, ...(criteria ? { evidence: criteria } : {}) } } : {}),
        }
      )
    },
    isSame: sayTheSame,
    ...(fields ? { fields: ['categories', ...fields] } : {}),
  })
}

function quotesOf(record: JsonRecord, work: Work, item: PreparedItem | undefined) {
  return item ? readEvidence(record, work, item.text) : {}
}

function readScores(record: JsonRecord, { rubric }: CompiledProfile, note: Note): ScoreVerdict | null {
  return rubric ? readCriteriaVerdict(record, rubric.criteria, note) : readScoreVerdict(record, note)
}

/** What makes an object a verdict where a profile has criteria of its own. */
function criteriaFields({ rubric }: CompiledProfile): string[] | null {
  return rubric ? rubric.criteria.map(({ field }) => field) : null
}

function tolerating(note: Note): Note {
  return (code, detail, value) => note(code === 'score_off_scale' ? 'score_unusable' : code, detail, value)
}

/** More than this many problems of one answer say nothing new. */
const mostProblems = 50
/** What may void the answer is never lost among the others. */
const voiding = new Set<VerdictProblem['code']>(['no_key', 'unknown_key', 'score_off_scale'])

/**
 * An answer is void as a whole when it does not hold together: a key that was not given while a given one is missing (it was
 * numbered anew), a given one missing while another stands twice (a verdict is under the wrong key), two different verdicts for one
 * key (nothing says which is meant), or a score that is none of the scale (then the others are of another scale, too).
 */
function matchVerdicts<Verdict>(
  answer: string,
  items: readonly PreparedItem[],
  { read, isSame, fields }: VerdictReader<Verdict>,
): ParsedAnswer<Verdict> {
  const problems: VerdictProblem[] = []
  const noteFor =
    (key: string | null): Note =>
    (code, detail, value) => {
      if (problems.length < mostProblems || voiding.has(code))
        problems.push({ key, code, detail, ...(value === undefined ? {} : { value }) })
    }
  const byGiven = new Map(items.map((item) => [item.key, item]))
  const given = new Set(byGiven.keys())
  const found = findVerdicts(answer, given, fields)
  if (!found.ok) return { ...found, problems }
  const byKey = new Map<string, (Verdict | null)[]>()
  for (const { key: written, record } of found.found) {
    const isAlone = written === undefined && items.length === 1 && found.found.length === 1
    const key = isAlone ? (items[0]?.key ?? null) : matchKey(written, given)
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), read(record, noteFor(key), byGiven.get(key))])
    else if (written === undefined) noteFor(null)('no_key', 'a verdict without a key')
    else noteFor(null)('unknown_key', `no item has the key ${quote(written)}`)
  }
  const flaw = findFlaw(byKey, given, problems, isSame)
  if (flaw && !problems.includes(flaw)) problems.push(flaw)
  const verdicts = new Map([...byKey].flatMap(([key, [first]]) => (first == null ? [] : [[key, first] as const])))
  if (flaw || verdicts.size === 0) {
    const told = flaw ?? problems[0]
    return { ok: false, problem: 'schema', ...withMessage('detail', describeFailure(told)), problems }
  }
  return { ok: true, verdicts, missing: [...given].filter((key) => !verdicts.has(key)), problems }
}

interface VerdictReader<Verdict> {
  /** What makes an object a verdict. Absent: the fields of the product's own questions. */
  fields?: readonly string[]
  /** `item`: the one that it is about. */
  read(record: JsonRecord, note: Note, item: PreparedItem | undefined): Verdict | null
  /** Whether two verdicts say the same, as far as it counts. */
  isSame(one: Verdict, other: Verdict): boolean
}

function findFlaw<Verdict>(
  byKey: ReadonlyMap<string, readonly (Verdict | null)[]>,
  given: ReadonlySet<string>,
  problems: readonly VerdictProblem[],
  isSame: (one: Verdict, other: Verdict) => boolean,
): VerdictProblem | null {
  const offScale = problems.find(({ code }) => code === 'score_off_scale')
  if (offScale) return offScale
  const missing = [...given].find((key) => !byKey.has(key))
  const foreign = problems.find(({ code }) => code === 'unknown_key' || code === 'no_key')
  if (foreign && missing !== undefined) return foreign
  for (const [key, [first, ...others]] of byKey) {
    const differs = (other: Verdict | null): boolean => first == null || other === null || !isSame(first, other)
    if (others.some(differs)) return doubled(key, `two different verdicts for the key ${quote(key)}`)
    if (others.length > 0 && missing !== undefined)
      return doubled(key, `two verdicts for the key ${quote(key)}, none for ${quote(missing)}`)
  }
  return null
}

function doubled(key: string, detail: string): VerdictProblem {
  return { key, code: 'duplicate_key', detail }
}

/** What was wrong with a verdict is shown as it stands in the log: it quotes the model. */
function describeFailure(problem: VerdictProblem | undefined): LocalizableMessage {
  return problem ? localizable('no verdict can be used ({0})', problem.detail) : localizable('no verdict can be used')
}

const sayTheSameLabels = (one: CategoryVerdict, other: CategoryVerdict): boolean =>
  new Set([...one.categories, ...other.categories]).size === one.categories.length &&
  one.categories.length === other.categories.length &&
  one.confidence === other.confidence

const sayTheSameScores = (one: ScoreVerdict, other: ScoreVerdict): boolean =>
  one.interest === other.interest && one.quality === other.quality && haveSameValues(one.criteria, other.criteria)

const sayTheSame = (one: JointVerdict, other: JointVerdict): boolean => {
  if (!sayTheSameLabels(one.categorization, other.categorization)) return false
  if (!one.scoring || !other.scoring) return one.scoring === other.scoring
  return sayTheSameScores(one.scoring, other.scoring)
}

const haveSameValues = (one: CriteriaValues = {}, other: CriteriaValues = {}): boolean =>
  Object.entries(one).every(([name, value]) => other[name] === value)
