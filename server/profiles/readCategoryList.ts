import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { Profile, type ProfileCategory } from '../../protocol/profile.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { describeIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { findSameNames, findSameSlugs } from '../domain/compileProfile.ts'
import { readProfile } from './readProfile.ts'

export interface WrittenProfile {
  profile: Profile
  form: 'profile' | 'list'
}

/** A profile as YAML or JSON, or a list of categories as a person types it. Fails with `profile_invalid`: every problem with its line. */
export function readWrittenProfile(text: string, name: string): Outcome<WrittenProfile> {
  const form = isProfileText(text) ? 'profile' : 'list'
  const read = form === 'profile' ? readProfile(text, name) : readCategoryList(text, name)
  return read.ok ? succeed({ profile: read.value, form }) : read
}

/** Only a profile has a key for its categories with nothing behind it, or is JSON. */
function isProfileText(text: string): boolean {
  return /^\s*\{|^categories\s*:\s*(?:$|[#[{])/m.test(text.replace(/^\uFEFF/, ''))
}

/** A person mends a few and looks again. */
const mostProblems = 20

interface ListedLine {
  line: number
  indent: number
  category: ProfileCategory
}

/** One category a line, `name` or `name: description`; one that is indented stands under the last that is not. */
function readCategoryList(text: string, name: string): Outcome<Profile> {
  const lines = splitLines(text)
  const problems: Problem[] = []
  const categories: ProfileCategory[] = []
  const lineOf = new Map<string, number>()
  let childIndent: number | null = null
  for (const { line, indent, category } of lines) {
    const parent = categories.at(-1)
    if (indent === lines[0]?.indent || parent === undefined) {
      childIndent = null
      lineOf.set(`categories[${categories.length}]`, line)
      categories.push(category)
      continue
    }
    const wrong = indentProblem(indent, lines[0]?.indent ?? 0, childIndent)
    if (wrong) problems.push({ path: '', ...withMessage('message', wrong), line, column: indent + 1 })
    childIndent ??= indent
    parent.children ??= []
    lineOf.set(`categories[${categories.length - 1}].children[${parent.children.length}]`, line)
    parent.children.push(category)
  }
  if (categories.length === 0) {
    const empty = localizable('there is no category in it')
    return fail({
      code: 'profile_invalid',
      file: name,
      problems: [{ path: '', ...withMessage('message', empty), line: 1 }],
    })
  }
  const place = (path: string): { line?: number } => {
    const line = lineOf.get(path.replace(/\.(name|description)$/, ''))
    return line === undefined ? {} : { line }
  }
  const parsed = Profile.safeParse({ categories })
  if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, categories, place))
  const lineAt = (path: string) => localizable('line {0}', place(path).line ?? 0)
  const found = parsed.success ? [...findSameNames(parsed.data, lineAt), ...findSameSlugs(parsed.data)] : []
  problems.push(...found.map((each) => ({ ...each, ...place(each.path) })))
  if (parsed.success && problems.length === 0) return succeed(parsed.data)
  const inOrder = problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
  return fail({ code: 'profile_invalid', file: name, problems: inOrder.slice(0, mostProblems) })
}

/** Without blank lines and marks of a list; a tab counts as four columns. */
function splitLines(text: string): ListedLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((written, index) => ({ written: written.replaceAll('\t', '    '), line: index + 1 }))
    .filter(({ written }) => written.trim() !== '')
    .map(({ written, line }) => ({ line, indent: written.search(/\S/), category: categoryOf(written.trim()) }))
}

/** What stands in front of an entry in a list that was copied from somewhere: `-`, `*`, `•`, `1.`, `[ ]`. */
const listMark = /^(?:(?:[-*+•–]|\d{1,3}[.)])\s+)?(?:\[[ xX]\]\s+)?/u

/** A name in quotes may hold a colon, as `listText` writes it. */
const quotedEntry = /^"([^"]+)"\s*(?:[:：]\s*(.*))?$/su
const plainEntry = /^(.*?)\s*(?:[:：](?:\s+|$)|：)(.*)$/su

function categoryOf(written: string): ProfileCategory {
  const entry = written.replace(listMark, '')
  const [, name = '', description = ''] = quotedEntry.exec(entry) ?? plainEntry.exec(entry) ?? [entry, entry]
  return { name, ...(description.trim() === '' ? {} : { description: description.trim() }) }
}

/** Null: it is a child like those before it. */
function indentProblem(indent: number, base: number, childIndent: number | null): LocalizableMessage | null {
  if (indent < base) return localizable('it stands further to the left than the first line')
  if (childIndent !== null && indent > childIndent)
    return localizable('it is indented deeper than the line above: there are two levels only')
  if (childIndent !== null && indent < childIndent)
    return localizable('it is indented neither like a category nor like its children above')
  return null
}

type Issues = readonly Parameters<typeof describeIssue>[0][]

function problemsOf(issues: Issues, categories: unknown, place: (path: string) => { line?: number }): Problem[] {
  return issues.map((issue) => {
    const path = issue.path
      .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
      .join('')
    return { path, ...withMessage('message', describeIssue(issue, { categories })), ...place(path) }
  })
}
