import { stripVTControlCharacters } from 'node:util'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { unreadableLine } from './jsonLines.ts'
import { type JsonLogLine, readJsonLogLine } from './jsonLog.ts'
import { readName } from './jsonRow.ts'
import { type Line, readLines } from './lines.ts'
import {
  beginsGoTrace,
  beginsTraceback,
  chainsTraceback,
  completesHeader,
  continuesGoTrace,
  continuesRecord,
  isDirective,
  isStamped,
  levelOf,
} from './logRules.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, madeRow, type Row, type RowFields, type RowStream } from './row.ts'

const own = { text: ['text'], id: [] }

/** The records of a log, each with the lines that belong to it. A log has no ids: its records are known by their content. */
export async function* readLog(file: OpenedFile, longestBytes: number): RowStream {
  const joiner = new RecordJoiner(hasStamps(file.head.toString()), longestBytes)
  const lines = readLines(file, longestBytes)
  for (;;) {
    const next = await lines.next()
    if (next.done) {
      const rows = joiner.finish()
      if (rows.length > 0) yield rows
      return next.value
    }
    for (const line of next.value) joiner.add(line)
    const rows = joiner.take()
    if (rows.length > 0) yield rows
  }
}

/** At least a third of the lines that could begin a record: stack traces may be most of a log. */
export function hasStamps(head: string): boolean {
  const starts = head
    .split('\n')
    .slice(0, 400)
    .filter((line) => line.trim() !== '' && !isPartOfTrace(line) && !isDirective(line))
  const stamped = starts.filter((line) => isStamped(stripVTControlCharacters(line)))
  return stamped.length > 0 && stamped.length * 3 >= starts.length
}

function isPartOfTrace(line: string): boolean {
  return continuesRecord(line) || (continuesGoTrace(line) && !isStamped(line))
}

interface OpenRecord {
  line: number
  texts: string[]
  length: number
  json: JsonLogLine | null
  /** Within a Python traceback, whose last line is not indented. */
  inTraceback: boolean
  /** Within a panic of Go, whose frames are not indented. */
  inGoTrace: boolean
  /** Blank lines, which belong to the record only if something of it follows. */
  blanks: number
}

/** Joins the lines that belong to one record. */
class RecordJoiner {
  readonly #isStampedLog: boolean
  readonly #longestBytes: number
  #rows: Row[] = []
  #open: OpenRecord | null = null

  constructor(isStampedLog: boolean, longestBytes: number) {
    this.#isStampedLog = isStampedLog
    this.#longestBytes = longestBytes
  }

  add(line: Line): void {
    if (line.problem !== null) {
      this.#finishOpen()
      this.#rows.push(unreadableLine(line))
      return
    }
    const text = stripVTControlCharacters(line.text)
    const value = text.startsWith('{') ? parsed(text) : null
    if (value) this.#addJson(line.number, readJsonLogLine(value, text))
    else this.#addText(line.number, text)
  }

  take(): Row[] {
    const whole = this.#rows
    this.#rows = []
    return whole
  }

  finish(): Row[] {
    this.#finishOpen()
    return this.take()
  }

  #addText(number: number, text: string): void {
    const open = this.#open
    if (text.trim() === '') {
      if (open && open.blanks < 100) open.blanks++
      return
    }
    if (isDirective(text)) return this.#finishOpen()
    if (open && this.#belongs(open, text)) this.#append(open, text)
    else this.#begin(number, text, null)
  }

  #addJson(number: number, json: JsonLogLine): void {
    const open = this.#open
    if (open?.json?.isUnfinished) return this.#continueLine(open, open.json, json)
    if (json.isPrintedLine && json.message.trim() === '') {
      if (open) open.blanks++
      return
    }
    if (json.isPrintedLine && open?.json && this.#belongs(open, json.message)) this.#append(open, json.message)
    else this.#begin(number, json.message, json)
  }

  #continueLine(open: OpenRecord, begun: JsonLogLine, rest: JsonLogLine): void {
    const [last = ''] = open.texts.splice(-1)
    open.length += rest.message.length
    open.texts.push(open.length <= this.#longestBytes ? last + rest.message : '')
    open.json = { ...begun, isUnfinished: rest.isUnfinished }
  }

  #begin(line: number, text: string, json: JsonLogLine | null): void {
    this.#finishOpen()
    const inTraceback = beginsTraceback(text)
    const inGoTrace = beginsGoTrace(text)
    this.#open = { line, texts: [text], length: text.length, json, inTraceback, inGoTrace, blanks: 0 }
  }

  #append(record: OpenRecord, text: string): void {
    const blanks = Array<string>(record.blanks).fill('')
    record.blanks = 0
    record.length += text.length + blanks.length + 1
    if (record.length <= this.#longestBytes) record.texts.push(...blanks, text)
    else record.texts = []
    if (beginsGoTrace(text)) record.inGoTrace = true
    if (beginsTraceback(text)) record.inTraceback = true
    else if (record.inTraceback && text.trim() !== '' && !/^\s/.test(text) && !chainsTraceback(text))
      record.inTraceback = false
  }

  #belongs(record: OpenRecord, text: string): boolean {
    if (isStamped(text)) return record.texts.length === 1 && completesHeader(record.texts[0] ?? '', text)
    if (this.#isStampedLog) return true
    if (chainsTraceback(text)) return true
    if (record.inGoTrace) return continuesGoTrace(text)
    if (record.blanks > 0) return beginsTraceback(text) && chainsTraceback(record.texts.at(-1) ?? '')
    return record.inTraceback || continuesRecord(text)
  }

  #finishOpen(): void {
    if (this.#open) this.#rows.push(toRow(this.#open, this.#longestBytes))
    this.#open = null
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

function toRow(record: OpenRecord, longestBytes: number): Row {
  const { line, json, length } = record
  if (length > longestBytes) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
  const printed = record.texts.join('\n')
  const level = json?.level ?? levelOf(printed)
  const parts = [json?.level && !json.isPrintedLine ? `${json.level}: ${printed}` : printed, json?.trace]
  const text = parts.filter((part) => part !== undefined && part !== '').join('\n')
  const row = madeRow(line, { text, message: printed.split('\n', 1)[0], level, time: json?.time }, own)
  return json?.fields ? { ...row, fields: withOwnFields(row.fields, json.fields) } : row
}

/** What the record itself names can be named, too. */
function withOwnFields(made: RowFields, record: Record<string, unknown>): RowFields {
  return {
    names: () => [...new Set([...made.names(), ...Object.keys(record)])],
    read: (name) => made.read(name) ?? readName(record, name),
  }
}
