import { dirname, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedMark, correctedResult } from '../../shared/correctedResult.ts'
import { criteriaCell } from '../../shared/criteriaText.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { sarifStart } from '../sources/reportStarts.ts'
import { sharedFolder } from '../sources/sourceInput.ts'
import { version } from '../version.ts'
import type { ItemPlace } from './locateItems.ts'

type Located = { result: ResultRecord; place: ItemPlace | null }

/** Results as SARIF 2.1.0, one finding each. A rule is a category, or why an item failed; the tool that names them comes last. */
export async function* writeSarif(results: AsyncIterable<Located[]>, header: JournalHeader): AsyncGenerator<string> {
  const root = rootOf(header)
  const rules = new Map<string, number>()
  const bases = root === null ? '' : `,"originalUriBaseIds":${JSON.stringify({ SOURCE: { uri: folderUri(root) } })}`
  yield `${sarifStart}${header.runId}"}${bases},"columnKind":"utf16CodeUnits","results":[`
  let before = '\n'
  for await (const group of results) {
    const texts = group.map(({ result, place }) => JSON.stringify(findingOf(result, place, root, rules)))
    if (texts.length === 0) continue
    yield `${before}${texts.join(',\n')}`
    before = ',\n'
  }
  const driver = {
    name: 'LLM Providers',
    version,
    semanticVersion: version,
    rules: [...rules.keys()].map((id) => ({ id, shortDescription: { text: describeRule(id) } })),
  }
  const invocation = { executionSuccessful: true, startTimeUtc: header.startedAt }
  yield `\n],"invocations":[${JSON.stringify(invocation)}],"tool":${JSON.stringify({ driver })}}]}\n`
}

function rootOf({ inputs }: JournalHeader): string | null {
  return inputs.length === 0
    ? null
    : sharedFolder(inputs.map(({ path, size, modifiedAtMs }) => ({ path, size, modifiedAtMs, kind: 'file' })))
}

function folderUri(folder: string): string {
  const uri = pathToFileURL(folder).href
  return uri.endsWith('/') ? uri : `${uri}/`
}

function findingOf(
  result: ResultRecord,
  place: ItemPlace | null,
  root: string | null,
  rules: Map<string, number>,
): Record<string, unknown> {
  const shown = correctedResult(result)
  const ruleId = ruleOf(shown)
  if (!rules.has(ruleId)) rules.set(ruleId, rules.size)
  const { receipts } = result
  const level = levelOf(shown)
  return {
    ruleId,
    ruleIndex: rules.get(ruleId),
    kind: level === 'none' ? 'informational' : 'fail',
    level,
    message: { text: messageOf(shown) },
    ...(place ? { locations: [locationOf(place, root)] } : {}),
    partialFingerprints: { 'inputHash/v1': result.inputHash },
    properties: {
      id: result.id,
      status: result.status,
      categories: result.categories,
      confidence: result.confidence,
      ...(result.calibrated === undefined ? {} : { calibrated: result.calibrated }),
      ...(result.probabilities ? { probabilities: result.probabilities } : {}),
      interest: result.interest,
      quality: result.quality,
      ...(result.criteria ? { criteria: result.criteria } : {}),
      score: result.score,
      blockedBy: result.blockedBy,
      error: result.error,
      receipts,
      ...(result.human ? { human: result.human } : {}),
    },
  }
}

function ruleOf({ status, categories, error, interest, criteria }: ResultRecord): string {
  if (status === 'failed') return `failed/${ruleWord(error?.code ?? 'unknown')}`
  if (status === 'skipped') return `skipped/${ruleWord(error?.code ?? 'unknown')}`
  const [first] = categories ?? []
  if (first !== undefined) return `category/${ruleWord(first)}`
  return categories === null && (interest !== null || criteria) ? 'scored' : 'uncategorized'
}

function ruleWord(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_]+/gu, '-')
      .replaceAll(/^-|-$/g, '') || 'other'
  )
}

function describeRule(id: string): string {
  const [group = '', name = ''] = id.split('/')
  if (group === 'category') return escapeMessage(`In the category ${name}`)
  if (group === 'failed') return escapeMessage(`Not judged: ${name}`)
  if (group === 'skipped') return escapeMessage(`Nothing to judge: ${name}`)
  return group === 'scored' ? 'Scored' : 'In no category'
}

/** What is blocked or skipped is no finding; what failed is one to look at; the rest by its score, of 20. */
function levelOf({ status, blockedBy, score }: ResultRecord): 'none' | 'note' | 'warning' | 'error' {
  if (status === 'skipped' || blockedBy !== null) return 'none'
  if (status === 'failed') return 'warning'
  if (score === null || score < 7) return 'note'
  return score < 14 ? 'warning' : 'error'
}

function messageOf(shown: ReturnType<typeof correctedResult<ResultRecord>>): string {
  const { id, categories, criteria, score, reasoning, error, blockedBy, corrected } = shown
  const mark = (name: 'categories' | 'score') => (corrected.has(name) ? ` ${correctedMark}` : '')
  if (error) return escapeMessage(error.message)
  const parts = [
    categories === null ? '' : `${categories.join(', ') || 'no category'}${mark('categories')}`,
    blockedBy === null ? '' : `blocked by ${blockedBy}`,
    criteriaCell(criteria),
    score === null ? '' : `score ${score}${mark('score')}`,
  ].filter((part) => part !== '')
  return escapeMessage(`${id}: ${parts.join('; ')}${reasoning ? `. ${reasoning}` : ''}`)
}

/** A message may hold links, [text](address), and placeholders, {0}. Text that is not ours holds neither. */
function escapeMessage(text: string): string {
  return text
    .replaceAll(/[\\[\]]/g, '\\$&')
    .replaceAll('{', '{{')
    .replaceAll('}', '}}')
}

function locationOf({ file, line }: ItemPlace, root: string | null): Record<string, unknown> {
  const within = root === null ? null : relative(root, file)
  const isWithin = within !== null && within !== '' && !within.startsWith('..') && within !== dirname(file)
  const artifactLocation = isWithin
    ? { uri: within.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'SOURCE' }
    : { uri: pathToFileURL(file).href }
  return { physicalLocation: { artifactLocation, ...(line === null ? {} : { region: { startLine: line } }) } }
}
