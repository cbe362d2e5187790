import { Buffer } from 'node:buffer'
import type { CriteriaValues, CriterionValue } from '../../protocol/criteria.ts'
import { Label, type LabelProblem, type LabelToSave } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { describeFirstIssue } from '../../shared/describe/issue.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { cutText } from '../domain/cutText.ts'
import type { CompiledProfile } from '../domain/work.ts'

/** One line of the golden set with its bytes: what is not changed is written again exactly as it was. */
export interface GoldenLine {
  /** Without its line end. */
  bytes: Buffer
  /** Null: empty, or broken. */
  label: Label | null
  /** All of its fields, those that nobody here knows too. */
  fields: Record<string, unknown>
  problem: LocalizableMessage | null
}

/** What a line that was written by hand may leave out. */
export interface LineDefaults {
  hashOf(text: string): string
  at: string
}

export function parseGolden(content: Buffer, defaults: LineDefaults): GoldenLine[] {
  const lines: GoldenLine[] = []
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(0x0a, start)
    const end = found === -1 ? content.length : found
    lines.push(parseLine(content.subarray(start, end), lines.length + 1, defaults))
    start = end + 1
  }
  return lines
}

export function problemsOf(lines: readonly GoldenLine[]): LabelProblem[] {
  return lines.flatMap(({ problem }, index) =>
    problem === null ? [] : [{ line: index + 1, ...withMessage('message', problem) }],
  )
}

/** The one that counts of each item: the last. With its place among the lines. */
export function labelsOf(lines: readonly GoldenLine[]): Map<string, { label: Label; line: number }> {
  const labels = new Map<string, { label: Label; line: number }>()
  lines.forEach(({ label }, index) => {
    if (label) labels.set(label.inputHash, { label, line: index + 1 })
  })
  return labels
}

/** In the place of the line that counts, or at the end. Lines of the same item that no longer counted go. */
export function withLabel(lines: readonly GoldenLine[], label: Label): GoldenLine[] {
  const place = lines.findLastIndex((line) => line.label?.inputHash === label.inputHash)
  const fields = { ...lines[place]?.fields, ...label }
  if (label.note === undefined) delete (fields as { note?: string }).note
  if (label.criteria === undefined) delete (fields as { criteria?: unknown }).criteria
  const line = { bytes: Buffer.from(JSON.stringify(fields)), label, fields, problem: null }
  const others = (each: GoldenLine, index: number): boolean =>
    index === place || each.label?.inputHash !== label.inputHash
  if (place === -1) return [...lines, line]
  return lines.map((each, index) => (index === place ? line : each)).filter(others)
}

export function withoutLabel(lines: readonly GoldenLine[], inputHash: string): GoldenLine[] {
  return lines.filter(({ label }) => label?.inputHash !== inputHash)
}

const lineEnd = Buffer.from('\n')

export function joinGolden(lines: readonly GoldenLine[]): Buffer {
  return Buffer.concat(lines.flatMap(({ bytes }) => [bytes, lineEnd]))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseLine(bytes: Buffer, number: number, defaults: LineDefaults): GoldenLine {
  const broken = (problem: LocalizableMessage | null): GoldenLine => ({ bytes, label: null, fields: {}, problem })
  let value: unknown
  try {
    const text = utf8.decode(bytes)
    if (text.trim() === '') return broken(null)
    value = JSON.parse(text)
  } catch (error) {
    return broken(error instanceof SyntaxError ? localizable('it is not JSON') : localizable('it is not UTF-8'))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return broken(localizable('it is not an object'))
  const fields = value as Record<string, unknown>
  const whole = filledIn(fields, number, defaults)
  const parsed = Label.safeParse(whole)
  if (parsed.success) return { bytes, label: parsed.data, fields, problem: null }
  return broken(describeFirstIssue(parsed.error, whole))
}

function filledIn(fields: Record<string, unknown>, number: number, { hashOf, at }: LineDefaults) {
  const { text } = fields
  return {
    id: `line:${number}`,
    source: '',
    categories: null,
    interest: null,
    quality: null,
    at,
    ...(typeof text === 'string' && fields.inputHash === undefined ? { inputHash: hashOf(text) } : {}),
    ...fields,
  }
}

/** As many characters as a label can hold. */
const longestText = 200_000

type SaidOfItem = Pick<LabelToSave, 'id' | 'inputHash' | 'note'> & {
  categories?: string[] | null | undefined
  interest?: number | null | undefined
  quality?: number | null | undefined
  criteria?: Readonly<Record<string, CriterionValue | null>> | undefined
  text: string
  source: string
}

/** What is not said stays as it was. */
export function mergeLabel(before: Label | null, said: SaidOfItem, at: string): Label {
  const { id, inputHash, source, text, categories, interest, quality } = said
  const note = said.note === undefined ? before?.note : (said.note ?? undefined)
  return {
    ...{ id, inputHash, source, text },
    categories: categories === undefined ? (before?.categories ?? null) : categories,
    interest: interest === undefined ? (before?.interest ?? null) : interest,
    quality: quality === undefined ? (before?.quality ?? null) : quality,
    ...mergeCriteria(before?.criteria, said.criteria),
    ...(note === undefined ? {} : { note }),
    at,
  }
}

function mergeCriteria(before: CriteriaValues = {}, said: SaidOfItem['criteria'] = {}): { criteria?: CriteriaValues } {
  const merged = Object.entries({ ...before, ...said }).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  return merged.length > 0 ? { criteria: Object.fromEntries(merged) } : {}
}

/** As much of a text as the profile lets a model see. */
export function cutForLabel(text: string, profile: CompiledProfile | null): string {
  const { categorizeChars, scoreChars } = profile?.limits ?? { categorizeChars: 2000, scoreChars: 4000 }
  return cutText(text, Math.min(longestText, Math.max(categorizeChars, scoreChars)))
}
