import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { isSamePath } from './jsonDocument.ts'
import { type ArrayPath, readJsonElements } from './jsonElements.ts'
import { parseJsonRow } from './jsonRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { type FindingParts, madeRow, type Row, type RowStream } from './row.ts'

const own = { text: ['message', 'rule', 'location', 'snippet'], id: ['id'] }
const runs = ['runs']
const results = ['runs', '*', 'results']
const rulePaths = [
  ['runs', '*', 'tool', 'driver', 'rules'],
  ['runs', '*', 'tool', 'extensions', '*', 'rules'],
]
/** Rules beyond these are known by their id alone: what they say of themselves is held in memory. */
const mostRules = 5000
const longestDescription = 500

/**
 * The findings of a SARIF file. Rules may stand before or after them, so the file is read twice: first for what its rules say of
 * themselves.
 */
export async function* readSarif(file: OpenedFile, longestBytes: number): RowStream {
  const rules = await readRules(file, longestBytes)
  if (!rules.ok) return rules
  return yield* readJsonElements(file, {
    longestBytes,
    isWanted: (path) => isSamePath(path, results),
    isExpected: (path) => isSamePath(path, runs),
    missing: localizable('it is not a SARIF log: it has no list "runs"'),
    toRow: (line, json) => findingRow(line, json, rules.value),
  })
}

interface Rule {
  id: string
  description: string
  messages: ReadonlyMap<string, string>
}

interface Rules {
  byId: Map<string, Rule>
  /** As `ruleIndex` counts them, where the file has one tool only. */
  inOrder: Rule[]
}

async function readRules(file: OpenedFile, longestBytes: number): Promise<Outcome<Rules>> {
  const rules: Rules = { byId: new Map(), inOrder: [] }
  const stream = readJsonElements(file, {
    longestBytes,
    isWanted: (path: ArrayPath) => rulePaths.some((rulePath) => isSamePath(path, rulePath)),
    toRow(_, json) {
      const rule = rules.byId.size < mostRules ? ruleOf(json) : null
      if (rule) {
        rules.byId.set(rule.id, rule)
        rules.inOrder.push(rule)
      }
      return null
    },
  })
  for (;;) {
    const next = await stream.next()
    // What is wrong with the document is reported when its findings are read, after those that can be.
    if (next.done) return next.value.ok || !isChange(next.value) ? succeed(rules) : next.value
  }
}

function isChange(failure: Outcome<null>): boolean {
  return !failure.ok && failure.reason.code === 'source_invalid' && failure.reason.problem !== 'malformed'
}

function ruleOf(json: string): Rule | null {
  const row = parseJsonRow(0, json)
  if (row.kind === 'broken') return null
  const { read } = row.fields
  const id = read('id')
  if (typeof id !== 'string') return null
  const described = [read('/shortDescription/text'), read('/fullDescription/text'), read('name')]
  const description = described.find((text): text is string => typeof text === 'string' && text.trim() !== '') ?? ''
  const strings = read('messageStrings')
  const messages = isRecord(strings)
    ? Object.entries(strings).flatMap(([name, value]): [string, string][] =>
        isRecord(value) && typeof value.text === 'string' ? [[name, value.text.slice(0, longestDescription)]] : [],
      )
    : []
  return { id, description: description.slice(0, longestDescription), messages: new Map(messages) }
}

function findingRow(line: number, json: string, rules: Rules): Row {
  const row = parseJsonRow(line, json)
  if (row.kind === 'broken') return row
  const { read } = row.fields
  const text = (name: string): string | undefined => {
    const value = read(name)
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  const index = read('ruleIndex') ?? read('/rule/index')
  const byIndex = typeof index === 'number' ? rules.inOrder[index] : undefined
  const ruleId = text('ruleId') ?? text('/rule/id') ?? byIndex?.id
  // `rule/part` is a part of the rule.
  const rule = (ruleId && (rules.byId.get(ruleId) ?? rules.byId.get(ruleId.split('/')[0] ?? ''))) || byIndex
  const place = '/locations/0/physicalLocation'
  const uri = text(`${place}/artifactLocation/uri`)
  const startLine = read(`${place}/region/startLine`)
  const at = typeof startLine === 'number' ? `${uri ?? ''}:${startLine}` : uri
  const column = read(`${place}/region/startColumn`)
  const made = madeRow(
    line,
    {
      id: fingerprintOf(ruleId, read) ?? (ruleId && at ? `${ruleId}:${at}${column ? `:${column}` : ''}` : undefined),
      message: messageOf(read, rule ?? null),
      rule: [ruleId, rule?.description].filter((part) => part).join(': ') || undefined,
      ruleId,
      level: text('level') ?? text('kind'),
      location: at,
      snippet: text(`${place}/region/snippet/text`) ?? text(`${place}/contextRegion/snippet/text`),
    },
    own,
  )
  return { ...made, fields: { ...made.fields, finding: partsOf(read) } }
}

function partsOf(read: Read): FindingParts {
  const [properties, prints] = [read('properties'), read('partialFingerprints')]
  const [suppressions, locations] = [read('suppressions'), read('locations')]
  return {
    ...(isRecord(properties) ? { properties } : {}),
    ...(isRecord(prints) ? { partialFingerprints: prints } : {}),
    ...(Array.isArray(suppressions) ? { suppressions } : {}),
    ...(Array.isArray(locations) && locations.length > 0 ? { locations } : {}),
  }
}

type Read = (name: string) => unknown

/** Stable from one analysis to the next, which a line is not. */
function fingerprintOf(ruleId: string | undefined, read: Read): string | undefined {
  for (const name of ['fingerprints', 'partialFingerprints']) {
    const prints = read(name)
    if (!isRecord(prints)) continue
    const [first] = Object.entries(prints).sort(([one], [other]) => (one < other ? -1 : 1))
    if (first && typeof first[1] === 'string') return `${ruleId ?? ''}:${first[1]}`
  }
  const guid = read('guid')
  return typeof guid === 'string' ? guid : undefined
}

function messageOf(read: Read, rule: Rule | null): string | undefined {
  const text = read('/message/text') ?? read('/message/markdown')
  if (typeof text === 'string') return text
  const id = read('/message/id')
  const named = typeof id === 'string' ? rule?.messages.get(id) : undefined
  const values = read('/message/arguments')
  const given: unknown[] = Array.isArray(values) ? values : []
  return named?.replaceAll(/\{(\d{1,3})\}/g, (whole, index: string) => String(given[Number(index)] ?? whole))
}
