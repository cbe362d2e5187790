import { isRecord } from '../../shared/isRecord.ts'
import { usualTextNames } from './fieldNames.ts'

const timeNames = ['time', 'timestamp', 'ts', '@timestamp', 'asctime', 'datetime', 'date', 't']
const levelNames = ['level', 'severity', 'lvl', 'levelname', 'log.level', 'loglevel', 'severityText']
const messageNames = ['msg', 'message', 'log', 'event', 'text', 'body']
const traceNames = ['stack', 'stack_trace', 'stacktrace', 'exception', 'exc_info', 'traceback', 'error', 'err']

/** One object of a log of JSON lines, as far as it is text. */
export interface JsonLogLine {
  message: string
  level: string | undefined
  time: string | undefined
  trace: string | undefined
  /** Docker splits what a program printed into its lines: a stack trace is many objects. */
  isPrintedLine: boolean
  /** Docker splits long lines too; the rest is in the next object. */
  isUnfinished: boolean
  /** The record as it is; null: it is a line that a program printed. */
  fields: Record<string, unknown> | null
}

/** A line of `docker logs` as its json-file driver keeps it. */
function isDockerLine(value: unknown): boolean {
  return isRecord(value) && typeof value.log === 'string' && typeof value.time === 'string' && 'stream' in value
}

/** Has a time, a level and a message; without a message only where the level is one of a log and no other text is there. */
export function looksLikeJsonLog(value: unknown): boolean {
  if (isDockerLine(value)) return true
  if (!isRecord(value) || 'id' in value) return false
  const has = (names: readonly string[]): boolean => names.some((name) => name in value)
  if (!has(timeNames) || !has(levelNames)) return false
  const level = levelNames.map((name) => value[name]).find(isPresent)
  return has(messageNames) || (logLevel.test(String(level)) && !has(usualTextNames))
}

const logLevel =
  /^(?:trace|verbose|debug|info|information|notice|warn|warning|err|error|fatal|crit|critical|panic|[1-6]0)$/i

/** `json` is the record as it stands, which is its message where it has none. */
export function readJsonLogLine(value: Record<string, unknown>, json: string): JsonLogLine {
  const find = (names: readonly string[]): unknown => names.map((name) => value[name]).find((each) => isPresent(each))
  const log = isDockerLine(value) ? String(value.log) : null
  return {
    message:
      log?.replace(/\r?\n$/, '') ?? asText(find(messageNames)) ?? (traceText(find(traceNames)) ? '' : json.trim()),
    level: levelName(find(levelNames)),
    time: asText(find(timeNames)),
    trace: traceText(find(traceNames)),
    isPrintedLine: log !== null,
    isUnfinished: log !== null && !log.endsWith('\n'),
    fields: log === null ? value : null,
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** Of pino and bunyan. */
const numbered: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}

function levelName(value: unknown): string | undefined {
  return typeof value === 'number' ? (numbered[value] ?? String(value)) : asText(value)?.toUpperCase()
}

/** A trace is a text, a list of lines, or an error with one of them. */
function traceText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.filter((line) => typeof line === 'string').join('\n') || undefined
  if (!isRecord(value)) return asText(value)
  const parts = [value.stack ?? value.stack_trace ?? value.backtrace, value.message].map((part) =>
    Array.isArray(part) ? part.join('\n') : asText(part),
  )
  return parts.find((part) => part)
}
