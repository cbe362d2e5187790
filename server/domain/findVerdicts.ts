import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { matchKey } from './itemKeys.ts'
import { Contradiction, findJson } from './readJson.ts'

/** An answer for ten items is a few thousand characters; what is far longer is not one. */
const longestAnswer = 500_000
/** Wrappers within wrappers. */
const deepestWrapper = 8

export type JsonRecord = Readonly<Record<string, unknown>>

/** What looks like a verdict; nothing about it is checked yet. */
export interface FoundVerdict {
  /** As it is written, in a field or as the name in a map; undefined: nowhere. */
  key: unknown
  record: JsonRecord
}

export type FoundVerdicts =
  | { ok: true; found: FoundVerdict[] }
  | {
      ok: false
      problem: 'empty' | 'not_json' | 'schema' | 'too_large'
      detail: string
      localizable?: LocalizableMessage
    }

/**
 * Finds the verdicts in an answer: a map by key as asked for, or a list, bare or within anything (the name of the schema, a tool's
 * arguments, JSON in a string), in one document or in several. All that is found counts: of two that differ none is chosen by its place.
 * Of an answer that was cut off the finished verdicts count; where it is about one item alone, so do the finished fields of its verdict,
 * since nothing smaller could be asked.
 */
export function findVerdicts(
  answer: string,
  given: ReadonlySet<string>,
  fields: readonly string[] = usualFields,
): FoundVerdicts {
  if (answer.length > longestAnswer) {
    return {
      ok: false,
      problem: 'too_large',
      ...withMessage('detail', localizable('the answer has {0} characters', answer.length)),
    }
  }
  if (answer.trim() === '') return { ok: false, problem: 'empty', detail: 'the answer is empty' }
  const { values, isStrict } = findJson(answerPart(answer), { keepsFields: given.size === 1 })
  const candidates = values.flatMap((value) => [
    ...verdictsIn(value, { given, fields, key: undefined, isDirect: false, depth: 0 }),
  ])
  // An item that is repeated beside its verdict is none; a key without any verdict is told as that.
  const judged = new Set(
    candidates.flatMap(({ key, record }) => (saysSomething(record, fields) ? [matchKey(key, given)] : [])),
  )
  const found = candidates.filter(
    ({ key, record }) => saysSomething(record, fields) || !judged.has(matchKey(key, given)),
  )
  if (found.length > 0) return { ok: true, found }
  return isStrict
    ? { ok: false, problem: 'schema', detail: 'the answer is JSON but holds no verdicts' }
    : { ok: false, problem: 'not_json', detail: 'the answer holds no JSON' }
}

/** Other names for a field that leave no doubt. */
const aliases: Record<string, readonly string[]> = {
  key: ['itemkey', 'id', 'itemid', 'item'],
  categories: ['category', 'labels', 'label', 'categorynames', 'categoryname'],
  interest: ['interestscore'],
  quality: ['qualityscore'],
  reasoning: ['reason', 'explanation', 'rationale'],
}

/**
 * Reads only what the object itself holds: an answer may be named `__proto__` or `constructor`. A name in another spelling counts
 * where there is only one such.
 */
export function readField(record: JsonRecord, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name]
  for (const wanted of [name, ...(aliases[name] ?? [])]) {
    const alike = Object.keys(record).filter((each) => foldField(each) === foldField(wanted))
    if (alike.length > 0) return alike.length === 1 ? record[alike[0] as string] : undefined
  }
  return undefined
}

function foldField(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '')
}

const usualFields = ['categories', 'interest', 'quality']

const saysSomething = (record: JsonRecord, fields: readonly string[]): boolean =>
  fields.some((name) => readField(record, name) !== undefined)

interface Place {
  given: ReadonlySet<string>
  /** One of these makes an object a verdict. */
  fields: readonly string[]
  /** The name that it stands under in a map by key. */
  key: unknown
  /** Nothing stands between that name and this. */
  isDirect: boolean
  depth: number
}

function* verdictsIn(value: unknown, place: Place): Generator<FoundVerdict> {
  if (place.depth > deepestWrapper) return
  const inside = { ...place, depth: place.depth + 1 }
  if (value instanceof Contradiction) for (const each of value.values) yield* verdictsIn(each, inside)
  else if (typeof value === 'string') yield* verdictsInText(value, inside)
  else if (Array.isArray(value)) yield* verdictsInList(value, inside)
  else if (isRecord(value)) yield* verdictsInRecord(value, inside)
}

function* verdictsInText(text: string, place: Place): Generator<FoundVerdict> {
  if (/^\s*["[{]/.test(text)) for (const value of findJson(text.trim()).values) yield* verdictsIn(value, place)
  else if (place.isDirect) yield { key: place.key, record: { categories: text } }
}

function* verdictsInList(values: readonly unknown[], place: Place): Generator<FoundVerdict> {
  const areLabels = place.isDirect && values.every((value) => typeof value === 'string')
  if (areLabels) yield { key: place.key, record: { categories: values } }
  else for (const value of values) yield* verdictsIn(value, { ...place, isDirect: false })
}

function* verdictsInRecord(record: JsonRecord, place: Place): Generator<FoundVerdict> {
  const named = readField(record, 'key')
  // `{"item": {…}}` is a wrapper, and no verdict under a key.
  const own = typeof named === 'object' ? undefined : named
  if (saysSomething(record, place.fields)) {
    yield { key: keyOf(own, place), record }
    return
  }
  const list = readField(record, 'verdicts')
  if (list !== undefined && own === undefined) {
    yield* verdictsIn(list, place)
    return
  }
  const before = own === undefined ? place : { ...place, key: keyOf(own, place) }
  let isEmpty = true
  for (const [name, value] of Object.entries(record)) {
    if (builtIn.has(name)) continue
    const isKey = matchKey(name, place.given) !== null || (isRecord(value) && looksLikeKey(name))
    // A plain text is a verdict only where a key that was given stands before it.
    if (!isKey && typeof value === 'string' && !/^\s*["[{]/.test(value)) continue
    const below = isKey ? { ...before, key: keyOf(name, before), isDirect: true } : { ...before, isDirect: false }
    for (const found of verdictsIn(value, below)) {
      isEmpty = false
      yield found
    }
  }
  if (isEmpty && own !== undefined) yield { key: own, record }
}

/** Nobody calls a wrapper so, except to reach what is not his. */
const builtIn = new Set(['__proto__', 'constructor', 'prototype'])

/** A verdict that says another key than the one it stands under belongs to neither. */
function keyOf(own: unknown, { key, given }: Place): unknown {
  if (own === undefined) return key
  if (key === undefined || matchKey(own, given) === matchKey(key, given)) return own
  return `${String(key)} / ${String(own)}`
}

/** A number, or what has the form of a key: not the name of a wrapper. */
function looksLikeKey(name: string): boolean {
  return /^\W*(?:(?:item|key|id|verdict)\W*)?\d+\W*$/i.test(name) || /^[a-z]\d[a-z]$/i.test(name)
}

/** What a model that reasons writes before its answer, in the words of the common chat templates. */
const thinking = 'think|thinking|thought|reasoning|reflection|scratchpad'
const endOfThinking = new RegExp(`</(?:${thinking})>|\\[/THINK\\]`, 'gi')
const startOfThinking = new RegExp(`<(?:${thinking})>|\\[THINK\\]`, 'i')
/** Channels that a server left in the text: only what stands in the last one is meant for the reader. */
const finalChannel = /<\|channel\|>\s*final[^<]*<\|message\|>/g
const otherChannel = /<\|channel\|>\s*(?:analysis|commentary)/

/** The part of an answer that is meant as one: without a byte order mark, and without thoughts, ended or not. */
function answerPart(answer: string): string {
  const text = answer.replace(/^\uFEFF/, '')
  const channel = [...text.matchAll(finalChannel)].at(-1)
  if (channel) return text.slice(channel.index + channel[0].length).trim()
  if (otherChannel.test(text)) return ''
  const lastEnd = [...text.matchAll(endOfThinking)].at(-1)
  const rest = lastEnd ? text.slice(lastEnd.index + lastEnd[0].length) : text
  const opened = rest.search(startOfThinking)
  return (opened < 0 ? rest : rest.slice(0, opened)).trim()
}
