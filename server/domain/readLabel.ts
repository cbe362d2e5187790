import { isRecord } from '../../shared/isRecord.ts'
import { foldName, slugOf } from './categoryNames.ts'
import type { CompiledCategory, CompiledProfile } from './work.ts'

/** Longer than any name with an explanation behind it. */
const longestLabel = 400
/** Beyond that, slugs are cut and two names may fall together. */
const longestCompact = 60

/** What a label means: categories of the profile, hidden ones too; `none`: that nothing fits; null: nothing that is known for sure. */
export type LabelReading = readonly CompiledCategory[] | 'none' | null

/**
 * A label as a model wrote it: the name itself in any case, or the name with decoration that leaves exactly one reading, such as
 * quotation marks, numbering, another way of joining its words, the path to it, or an explanation behind it.
 */
export function readLabel(value: unknown, profile: CompiledProfile): LabelReading {
  if (isRecord(value)) return readNamedLabel(value, profile)
  if (typeof value !== 'string' || value.length > longestLabel) return null
  const label = value.normalize('NFKC').replace(/\p{Cf}/gu, '')
  const category = readOne(label, profile)
  if (category) return [category]
  if (isNone(label)) return 'none'
  const parts = label.split(/[,;|\n]/).filter((part) => part.trim() !== '')
  const several = parts.length > 1 ? parts.map((part) => readOne(part, profile)) : []
  return several.length > 0 && several.every((each) => each !== null) ? [...new Set(several)] : null
}

/** `{"name": …, "score": …}`, or the label itself as the name of the only field: `{"Bug": 0.9}`. */
function readNamedLabel(value: Readonly<Record<string, unknown>>, profile: CompiledProfile): LabelReading {
  const fields = Object.entries(value)
  const names = fields.filter(([field]) => /^(?:name|label|category|value|title)$/i.test(field))
  if (names.length === 1 && typeof names[0]?.[1] === 'string') return readLabel(names[0][1], profile)
  const [label, rating] = fields[0] ?? []
  const isRated = fields.length === 1 && (rating === true || (typeof rating === 'number' && rating >= 0.5))
  return isRated && label !== undefined ? readLabel(label, profile) : null
}

function readOne(label: string, profile: CompiledProfile): CompiledCategory | null {
  const exact = profile.byName.get(foldName(label))
  if (exact) return exact
  const bare = undecorate(label)
  return readPlain(bare, profile) ?? readPath(bare, profile) ?? readExplained(bare, profile)
}

/** The name in any case, or with its words joined in another way: `bug-report`, `bug_report`, `BugReport`. */
function readPlain(label: string, profile: CompiledProfile): CompiledCategory | null {
  const exact = profile.byName.get(foldName(label))
  if (exact) return exact
  const alike = compactNames(profile).get(compact(label)) ?? []
  return label.length <= longestCompact && alike.length === 1 ? (alike[0] ?? null) : null
}

const marks = `"'“”„‘’«»\`*_~\\[\\](){}<>`

/** Without bullets and numbering before it, full stops behind it, and quotation marks, brackets and emphasis around it. */
function undecorate(label: string): string {
  const around = new RegExp(`^[${marks}\\s]+|[${marks}\\s.,;:!]+$`, 'gu')
  const before =
    /^(?:[-–—•·>#]+|\(?\d{1,3}[.):]|\(?[a-z][.)])\s+|^#(?=\p{L})|^(?:categor(?:y|ies)|labels?|tags?)\s*[:=]\s*/iu
  let text = label.trim()
  for (let last = ''; last !== text; ) {
    last = text
    text = text.replace(before, '').replace(withoutBracketed(text) ? /(?!)/ : around, '')
    text = text.replace(/[\s.,;:!]+$/u, '').trim()
  }
  return text
}

/** Brackets that close an explanation are no decoration around the whole. */
function withoutBracketed(text: string): boolean {
  return /^[^([{]+[([{][^)\]}]*[)\]}][\s.,;:!]*$/u.test(text)
}

/** `Categories > name`, or `parent > name`: every step before it is a word for the list, or the category that it stands under. */
function readPath(label: string, profile: CompiledProfile): CompiledCategory | null {
  const steps = label.split(/\s*(?:[>›»→|\\]|::|\/)\s*/).filter((step) => step !== '')
  const last = steps.at(-1)
  if (steps.length < 2 || last === undefined) return null
  const category = readPlain(last, profile)
  const isAbove = (step: string): boolean =>
    /^(?:root|all|categor(?:y|ies)|labels?|tags?)$/i.test(step) ||
    (category?.parent != null && readPlain(step, profile)?.name === category.parent)
  return category && steps.slice(0, -1).every(isAbove) ? category : null
}

/** `Name (explanation)` and `Name: explanation`, where no other name goes on like that. */
function readExplained(label: string, profile: CompiledProfile): CompiledCategory | null {
  const [, head, separator] = /^(.+?)\s*([([{:=]| [-–—] )/u.exec(label) ?? []
  if (head === undefined || separator === undefined) return null
  const category = readPlain(undecorate(head), profile)
  if (!category) return null
  const beginning = foldName(category.name)
  const goesOn = [...profile.byName.keys()].some(
    (name) => name.startsWith(beginning) && name.slice(beginning.length).trim().startsWith(separator.trim()),
  )
  return goesOn ? null : category
}

function isNone(label: string): boolean {
  const words = label
    .toLowerCase()
    .replace(/[^\p{L}/]+/gu, ' ')
    .trim()
  return /^(?:none|null|nil|nothing|n\/a|na|no (?:category|categories|label|fit|match)|(?:none|nothing) (?:fits?|matches|applies|of (?:these|them|the (?:above|list)))|not applicable)$/.test(
    words,
  )
}

/** All names of a profile by what is left of them without the ways of joining words. */
const compactByProfile = new WeakMap<CompiledProfile, Map<string, CompiledCategory[]>>()

function compactNames(profile: CompiledProfile): Map<string, CompiledCategory[]> {
  const known = compactByProfile.get(profile)
  if (known) return known
  const names = new Map<string, CompiledCategory[]>()
  for (const category of new Set(profile.byName.values())) {
    const name = compact(category.name)
    names.set(name, [...(names.get(name) ?? []), category])
  }
  compactByProfile.set(profile, names)
  return names
}

function compact(name: string): string {
  return slugOf(name).replaceAll('-', '')
}
