import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type * as z from 'zod'
import type { Criterion, ScoreRange } from '../../protocol/criteria.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { Profile } from '../../protocol/profile.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { describeIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { findPromptProblems } from '../domain/checkPrompt.ts'
import { findSameNames, findSameSlugs } from '../domain/compileProfile.ts'
import { findCriteriaProblems } from '../domain/criteria.ts'
import { readyMadeCriteria } from './readyMadeCriteria.ts'

/** The largest tree the schema allows is far smaller; a file beyond this is not a profile. */
const longestFile = 1_000_000
/** Two levels of categories are eight levels of YAML. */
const deepestNesting = 100
/** A person mends a few and looks again. */
const mostProblems = 20

/** Reads a profile written as YAML (or JSON). Fails with `profile_invalid`: every problem with its line and column. */
export function readProfile(text: string, file: string): Outcome<Profile> {
  const read = parseProfile(text)
  if (read.ok) return succeed(read.profile)
  return fail({ code: 'profile_invalid', file, problems: read.problems.slice(0, mostProblems) })
}

/** Criteria alone, as `profile/checkCriteria` says. Fails with `profile_invalid`: every problem with its line and column. */
export function readCriteria(text: string, file: string): Outcome<{ criteria: Criterion[]; score: ScoreRange | null }> {
  const read = parseProfile(text, onlyCriteria)
  const none = { path: '', ...withMessage('message', localizable('there are no criteria in it')), line: 1 }
  if (read.ok && read.profile.criteria)
    return succeed({ criteria: read.profile.criteria, score: read.profile.score ?? null })
  return fail({ code: 'profile_invalid', file, problems: read.ok ? [none] : read.problems.slice(0, mostProblems) })
}

/** A list or a name stands for a profile's criteria; of a profile nothing else is looked at. */
function onlyCriteria(value: unknown): PlacedProfile {
  if (isRecord(value)) {
    const { criteria, score } = value
    return { profile: withNamedCriteria({ categories: [], criteria, score }), placeOf: asItIs }
  }
  return {
    profile: withNamedCriteria({ categories: [], criteria: value }),
    placeOf: ([first, ...rest]) => (first === 'criteria' ? rest : []),
  }
}

type ParsedProfile = { ok: true; profile: Profile } | { ok: false; problems: Problem[] }

/** A value as a profile, and where in the file a path of the profile is. */
interface PlacedProfile {
  profile: unknown
  placeOf(path: YamlProblem['path']): YamlProblem['path']
}

const asItIs: PlacedProfile['placeOf'] = (path) => path

type ReadYaml = { ok: true; value: unknown; place(problem: YamlProblem): Problem } | { ok: false; problems: Problem[] }

function readYaml(text: string): ReadYaml {
  const unreadable = findUnreadable(text)
  if (unreadable)
    return { ok: false, problems: [{ path: '', ...withMessage('message', unreadable), line: 1, column: 1 }] }
  const lines = new LineCounter()
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  })
  const place = (problem: YamlProblem): Problem => placeProblem(problem, document, lines)
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map(({ message, pos }) =>
        place({ path: [], localizable: localizableText(message), offset: pos[0] }),
      ),
    }
  }
  const value = toValue(document)
  if (!value.ok) return { ok: false, problems: [place({ path: [], localizable: value.localizable })] }
  return { ok: true, value: value.value, place }
}

/** Another file of ours, as its schema has it. At most twenty problems, each with its line and column. */
export function readYamlAs<Value>(
  schema: z.ZodType<Value>,
  text: string,
): { ok: true; value: Value } | { ok: false; problems: Problem[] } {
  const read = readYaml(text)
  if (!read.ok) return read
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return { ok: true, value: parsed.data }
  const problems = parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, read.value)).map(read.place)
  return { ok: false, problems: problems.slice(0, mostProblems) }
}

function parseProfile(text: string, toProfile: (value: unknown) => PlacedProfile = wholeProfile): ParsedProfile {
  const read = readYaml(text)
  if (!read.ok) return read
  const { place } = read
  const { profile, placeOf } = toProfile(read.value)
  const placeIn = (problem: YamlProblem): Problem => place({ ...problem, path: placeOf(problem.path) })
  const parsed = Profile.safeParse(profile)
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, profile)).map(placeIn),
    }
  const found = [
    ...findSameNames(parsed.data),
    ...findSameSlugs(parsed.data),
    ...findCriteriaProblems(parsed.data),
    ...findPromptProblems(parsed.data.prompts),
  ]
  if (found.length === 0) return { ok: true, profile: parsed.data }
  return {
    ok: false,
    problems: found.map(({ path, message, localizable = localizableText(message), line }) =>
      placeIn({ path: splitPath(path), localizable, lineInText: line }),
    ),
  }
}

/** `criteria: issues` stands for those that come with the product under that name; another name is left to be refused. */
function withNamedCriteria(value: unknown): unknown {
  if (!isRecord(value) || typeof value.criteria !== 'string') return value
  const name = value.criteria.trim().toLowerCase()
  return Object.hasOwn(readyMadeCriteria, name) ? { ...value, criteria: readyMadeCriteria[name] } : value
}

/** A file may say beside its list of categories how many of them an item gets: `categories: { max, further_from, list }`. */
function wholeProfile(whole: unknown): PlacedProfile {
  const value = withNamedCriteria(whole)
  if (!isRecord(value) || !isRecord(value.categories)) return { profile: value, placeOf: asItIs }
  const { list, ...category_choice } = value.categories
  return { profile: { ...value, categories: list, category_choice }, placeOf: pathInFile }
}

/** Where the file has what is wrong. */
function pathInFile(path: YamlProblem['path']): YamlProblem['path'] {
  const [first, ...rest] = path
  if (first === 'categories') return ['categories', 'list', ...rest]
  return first === 'category_choice' ? ['categories', ...rest] : path
}

/** Null: it may be parsed. */
export function findUnreadable(text: string): LocalizableMessage | null {
  if (text.length > longestFile)
    return localizable('the file is too large ({0} characters, at most {1})', text.length, longestFile)
  if (text.includes('\0')) return localizable('the file is not text')
  if (text.trim() === '') return localizable('the file is empty')
  if (isTooDeep(text)) return localizable('the file is nested too deeply')
  return null
}

/**
 * Has to be known before the parser sees it: it recurses, and running out of stack inside it was seen to end the process
 * ("RegExpCompiler Allocation failed"), which nobody can catch. Levels are opened brackets, columns of indentation,
 * or indicators in one line; a text is refused when it has more of any of them than a tree could need.
 */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > deepestNesting) return true
  }
  return text.split(/[\r\n]/).some((line) => {
    const indent = line.search(/[^ \t]/)
    return indent > deepestNesting || (line.match(/[-?:](?=[ \t])/g)?.length ?? 0) > deepestNesting
  })
}

/** Aliases that multiply themselves are refused by the library with a throw; it has no other way to say so. */
export function toValue(
  document: Document.Parsed,
): { ok: true; value: unknown } | { ok: false; localizable: LocalizableMessage } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    return {
      ok: false,
      localizable:
        error instanceof Error ? localizableText(error.message) : localizable('the aliases cannot be resolved'),
    }
  }
}

function placeProblem(problem: YamlProblem, document: Document.Parsed, lines: LineCounter): Problem {
  const { path, key, localizable, lineInText } = problem
  const { line, col } = lines.linePos(problem.offset ?? offsetOf(document, path, key))
  // A text behind `|` begins in the line below and keeps its lines; one of another form is located by where it begins.
  const isLines = lineInText !== undefined && isLiteralBlock(document, path)
  const where = isLines ? { line: line + lineInText } : { line, column: col }
  return { path: joinPath(path, key), ...withMessage('message', localizable), ...where }
}

/** A problem before it has a line. */
interface YamlProblem {
  path: readonly (string | number)[]
  localizable: LocalizableMessage
  /** Set when the problem is the key itself, not its value. */
  key?: string | undefined
  /** Set when the parser said where. */
  offset?: number | undefined
  /** Set when it is about a line of a long text, counted from 1. */
  lineInText?: number | undefined
}

/** One problem for each key that is not known, one for anything else. */
function problemsOfIssue(issue: z.core.$ZodIssue, whole: unknown): YamlProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code !== 'unrecognized_keys') return [{ path, localizable: describeIssue(issue, whole) }]
  return issue.keys.map((key) => ({ path, key, localizable: localizable('the field "{0}" is not known', key) }))
}

/** Where in the text the value at `path` begins; where it is missing, the nearest value around it. */
function offsetOf(document: Document.Parsed, path: YamlProblem['path'], key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (!isNode(node)) continue
    const named =
      key !== undefined && isMap(node)
        ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
        : undefined
    const found = named && isNode(named.key) ? named.key : node
    if (found.range) return found.range[0]
  }
  return 0
}

/** Written behind `|`, so that its lines are lines of the file. */
function isLiteralBlock(document: Document.Parsed, path: YamlProblem['path']): boolean {
  const node = document.getIn(path, true)
  return isScalar(node) && node.type === 'BLOCK_LITERAL'
}

/** `categories[2].children[0].name` */
function joinPath(path: YamlProblem['path'], key?: string): string {
  const parts = key === undefined ? path : [...path, key]
  return parts
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`))
    .join('')
}

function splitPath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) => (index === undefined ? part : Number(index)))
}
