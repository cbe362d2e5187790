import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'

/** An answer in the shape that a provider gives it, with `{{key}}` where it echoes the key. `lines`: streamed, one JSON value a line. */
export interface RecordedAnswer {
  status: number
  headers?: Record<string, string>
  body?: unknown
  lines?: unknown[]
}

export function recorded(kind: string, name: string, key = ''): RecordedAnswer {
  const file = new URL(`../../fixtures/providers/${kind}/${name}.json`, import.meta.url)
  const escaped = JSON.stringify(key).slice(1, -1)
  return JSON.parse(readFileSync(file, 'utf8').replaceAll('{{key}}', escaped)) as RecordedAnswer
}

export function textOf({ body, lines }: RecordedAnswer): string {
  if (lines) return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  return typeof body === 'string' ? body : JSON.stringify(body)
}

export function contentType({ lines }: RecordedAnswer): string {
  return lines ? 'application/x-ndjson' : 'application/json; charset=utf-8'
}

export function replay(answer: RecordedAnswer, response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(answer.status, { 'content-type': contentType(answer), ...answer.headers, ...headers })
  response.end(textOf(answer))
}
