import { isDeepStrictEqual } from 'node:util'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { findFrontMatter } from '../sources/markdownFile.ts'

/** The one key of a note's front matter that is ours. */
const frontMatterKey = 'llm_providers'

type Change = { ok: true; text: string } | { ok: false; detail: string }

/**
 * The file's text with the result under our key; the text as it is where the same verdict stands there already. Only the lines of that key are replaced or added: comments, order, quotes and line
 * ends of everything else stay byte for byte. Text of a model is only ever a YAML string.
 */
export async function writeFrontMatter(text: string, result: ResultRecord): Promise<Change> {
  const { Document, isMap, isScalar, parseDocument } = await import('yaml')
  const eol = /\r\n/.test(text.slice(0, 4096)) ? '\r\n' : '\n'
  const values = valuesOf(result)
  const ours = new Document({ [frontMatterKey]: values })
  const lines = ours.toString({ lineWidth: 0, flowCollectionPadding: false }).replaceAll('\n', eol)
  const matter = findFrontMatter(text)
  if (matter === null) {
    const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
    return { ok: true, text: `${mark}---${eol}${lines}---${eol}${eol}${text.slice(mark.length)}` }
  }
  if (matter.kind === 'toml') return { ok: false, detail: 'its front matter is TOML, and only YAML is written' }
  const before = parseDocument(matter.text)
  if (before.errors.length > 0) return { ok: false, detail: 'its front matter is not valid YAML' }
  const { contents } = before
  if (contents !== null && (!isMap(contents) || contents.flow))
    return { ok: false, detail: 'its front matter is not a list of names and values, one per line' }
  if (isSameVerdict(before.toJS()?.[frontMatterKey], values)) return { ok: true, text }
  const pair = contents?.items.find(({ key }) => isScalar(key) && key.value === frontMatterKey)
  const range = pair ? linesOf(matter.text, pair) : { from: matter.text.length, to: matter.text.length }
  const after = matter.text.slice(0, range.from) + lines + matter.text.slice(range.to)
  const written = parseDocument(after)
  // An odd layout may not take the lines as they are; then nothing is changed.
  if (written.errors.length > 0 || !isDeepStrictEqual(others(before.toJS()), others(written.toJS())))
    return { ok: false, detail: 'its front matter has a layout that cannot be added to' }
  return { ok: true, text: text.slice(0, matter.from) + after + text.slice(matter.to) }
}

/** Judged once more with the same outcome: a note under version control would change with each run, and say nothing new. */
function isSameVerdict(written: unknown, values: Record<string, unknown>): boolean {
  if (typeof written !== 'object' || written === null) return false
  return isDeepStrictEqual({ ...written, run: null, judged_at: null }, { ...values, run: null, judged_at: null })
}

/** Whole lines, from that of the key to that in which its value ends. */
function linesOf(text: string, pair: { key: unknown; value: unknown }): { from: number; to: number } {
  const [start = 0, keyEnd = 0] = rangeOf(pair.key)
  const [, valueEnd = keyEnd] = rangeOf(pair.value)
  const from = text.lastIndexOf('\n', start) + 1
  const last = Math.max(from, Math.max(keyEnd, valueEnd) - 1)
  const lineEnd = text.indexOf('\n', last)
  return { from, to: lineEnd === -1 ? text.length : lineEnd + 1 }
}

function rangeOf(node: unknown): readonly number[] {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range : []
}

function others(values: unknown): Record<string, unknown> {
  const { [frontMatterKey]: _, ...rest } = (values ?? {}) as Record<string, unknown>
  return rest
}

/** A person's word goes before the model's; how sure the model was is of its own word alone. */
function valuesOf(judged: ResultRecord): Record<string, unknown> {
  const result = correctedResult(judged)
  const { receipts, corrected } = result
  const receipt = receipts.scoring ?? receipts.categorization
  const judges = [
    ...(receipt ? [`${receipt.provider}/${receipt.model}`] : []),
    ...(corrected.size > 0 ? ['corrected by a person'] : []),
  ]
  const values = {
    categories: result.categories,
    confidence: corrected.has('categories') ? null : result.confidence,
    score: result.score,
    interest: result.interest,
    quality: result.quality,
    criteria: result.criteria ?? null,
    blocked_by: result.blockedBy,
    reasoning: result.reasoning,
    judged_by: judges.length > 0 ? judges.join(', ') : null,
    judged_at: receipt?.at ?? null,
    run: result.runId,
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}
