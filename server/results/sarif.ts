import { dirname, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Profile } from '../../protocol/profile.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedMark, correctedResult } from '../../shared/correctedResult.ts'
import { criteriaCell } from '../../shared/criteriaText.ts'
import { highestScore } from '../domain/compositeScore.ts'
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
    const texts = group.map((each) => JSON.stringify(findingOf(each, root, rules, header.profile)))
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
  { result, place }: Located,
  root: string | null,
  rules: Map<string, number>,
  profile: Profile,
): Record<string, unknown> {
  const shown = correctedResult(result)
  const ruleId = ruleOf(shown)
  if (!rules.has(ruleId)) rules.set(ruleId, rules.size)
  const { receipts } = result
  const level = levelOf(shown, profile)
  const { properties, suppressions, locations, partialFingerprints } = place?.finding ?? {}
  return {
    ruleId,
    ruleIndex: rules.get(ruleId),
    kind: level === 'none' ? 'informational' : 'fail',
    level,
    message: { text: messageOf(shown) },
    // A finding of another tool stays where that tool has found it.
    ...(place ? { locations: locations ?? [locationOf(place, root)] } : {}),
    partialFingerprints: { ...partialFingerprints, 'inputHash/v1': result.inputHash },
    ...(suppressions ? { suppressions } : {}),
    properties: {
      ...properties,
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

/**
 * What is blocked or skipped is no finding; what failed is one to look at; else the answer to a choice that is called severity, level or
 * priority, where it is such a word, and then the score, by its share of the most there can be.
 */
function levelOf({ status, blockedBy, score, criteria }: ResultRecord, profile: Profile): Level {
  if (status === 'skipped' || blockedBy !== null) return 'none'
  if (status === 'failed') return 'warning'
  const named = profile.criteria?.find(({ name, type }) => type === 'choice' && levelCriterion.test(name))?.name
  const answer = named !== undefined && criteria && Object.hasOwn(criteria, named) ? criteria[named] : undefined
  const said = typeof answer === 'string' ? levelWords.get(answer.trim().toLowerCase()) : undefined
  if (said) return said
  const share = (score ?? 0) / (profile.score?.to ?? highestScore)
  if (share < 0.35) return 'note'
  return share < 0.7 ? 'warning' : 'error'
}

type Level = 'none' | 'note' | 'warning' | 'error'

const levelCriterion = /^(?:severity|level|priority)$/i
const levelWords: ReadonlyMap<string, Level> = new Map([
  ...(['blocker', 'critical', 'high', 'severe', 'error'] as const).map((word): [string, Level] => [word, 'error']),
  ...(['major', 'medium', 'moderate', 'warning'] as const).map((word): [string, Level] => [word, 'warning']),
  ...(['minor', 'low', 'trivial', 'info', 'note'] as const).map((word): [string, Level] => [word, 'note']),
  ['none', 'none'],
])

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
