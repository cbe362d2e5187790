import { leastLabelMass } from '../../protocol/decisions.ts'
import type { ConnectionTest, ModelTestReport, ProbeFindings, TestPlan, TestProgress } from '../../protocol/models.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { betterKindSentence, pullOfferSentence } from '../../shared/describe/connection.ts'
import { describeDecisions, describeTestCost } from '../../shared/describe/model.ts'
import { english } from '../../shared/language.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type Colours, coloursFor } from '../terminal/colours.ts'
import { count, duration, localTime } from '../terminal/format.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'

type Place = Pick<Invocation, 'terminal'>

const indent = '    '

/** What the connection is like, and what became of a real call if there was one. */
export function connectionText({ terminal }: Place, report: ConnectionTest): string {
  const colours = coloursFor(terminal.stdout)
  const version = report.version ? `, version ${report.version}` : ''
  const where = report.endpoint ? ` at ${report.endpoint}` : ''
  const models = `${count(report.models.length, 'model')}${report.isListPartial ? ' listed, and others that no list shows' : ''}`
  const head = `${colours.good('ok')}  ${oneLine(`${report.provider}${where} answered in ${duration(report.latencyMs)}${version}`)}`
  const wanted = report.wanted.map(({ model, found }) =>
    found ? `${indent}${oneLine(model)} is there` : `${indent}${colours.bad(`${oneLine(model)} is missing`)}`,
  )
  const tested = report.tested ? [modelTestText({ terminal }, report.tested)] : []
  const kind = report.betterKind ? wrapped(betterKindSentence(english, report), terminal.stdout.columns) : []
  const offer = report.pullOffer ? wrapped(pullOfferSentence(english, report), terminal.stdout.columns) : []
  return [head, `${indent}${models}; ${oneLine(report.method)}`, ...kind, ...offer, ...wanted, ...tested].join('\n')
}

export function modelTestText({ terminal }: Place, report: ModelTestReport): string {
  const colours = coloursFor(terminal.stdout)
  const { provider, model, type, latencyMs, usage, embedding, probe, names } = report
  const word = probe?.usable === false ? colours.bad('no use') : colours.good('ok')
  const head = `${word}  ${oneLine(`${provider} / ${model} (${type}) answered in ${duration(latencyMs)}, ${tokensText(usage)}`)}`
  return [
    head,
    ...(embedding ? embeddingLines(embedding, colours) : []),
    ...(names ? [`${indent}${namesText(names)}`] : []),
    ...(probe ? findingsLines(probe, colours) : []),
    ...(report.registered ? [`${indent}${colours.quiet('registered to store this: see "model list"')}`] : []),
  ]
    .flatMap((line) => (line === head ? [line] : wrapped(line, terminal.stdout.columns)))
    .join('\n')
}

function wrapped(line: string, columns: number): string[] {
  return wrap(line.trimStart(), columns - indent.length).map((part) => `${indent}${part}`)
}

function tokensText({ input, output }: Usage): string {
  if (input === null && output === null) return 'usage not reported'
  return `${count(input ?? 0, 'token')} in, ${(output ?? 0).toLocaleString('en-US')} out`
}

function namesText(names: NonNullable<ModelTestReport['names']>): string {
  const found = names.map(({ text, label, confidence }) => `${oneLine(text)} (${oneLine(label)}, ${confidence})`)
  return found.length === 0 ? 'found no names in the test sentence' : `found ${found.join(', ')}`
}

function embeddingLines(found: NonNullable<ModelTestReport['embedding']>, colours: Colours): string[] {
  const told = `${indent}vectors of ${count(found.dimensions, 'dimension')}`
  if (found.matches === null) return [told]
  if (found.matches) return [`${told}, ${colours.good('as configured')}`]
  const advice = found.advice === null ? '' : `: ${oneLine(found.advice)}`
  return [`${told}, ${colours.bad(`not the ${found.configured} that are configured`)}${advice}`]
}

const findings: readonly [keyof ProbeFindings, string][] = [
  ['schema', 'enforces a JSON schema'],
  ['schemaWithThinking', 'enforces it while thinking'],
  ['schemaWithoutThinking', 'enforces it with thinking off'],
  ['enumeration', 'keeps to a list of labels'],
  ['batchOfFive', 'answers five items in one call'],
  ['usageReported', 'reports usage'],
]

/** What was measured, a line each, with what could not be found out. */
function findingsLines(probe: ProbeFindings, colours: Colours): string[] {
  const measured = `${indent}${colours.quiet(`measured ${localTime(probe.at)} by ${count(probe.calls, 'call')}, ${tokensText(probe.usage)}${probe.serverVersion ? `, server ${oneLine(probe.serverVersion)}` : ''}`)}`
  // What only decides has no other ways to be asked.
  if (probe.decisions && probe.outputModes.length === 0) return [`${indent}${decisionsText(probe.decisions)}`, measured]
  return [
    ...(probe.usable === false
      ? [`${indent}${colours.bad('not one of its answers could be used')}: choose another model`]
      : []),
    ...findings.map(([name, words]) => `${indent}${answerWord(probe[name] as boolean | null, colours)}  ${words}`),
    ...(probe.batch ? [`${indent}judges ${count(probe.batch, 'item')} of one call as it judges them alone`] : []),
    ...(probe.emptyWhileThinking
      ? [`${indent}${colours.bad('its answers are empty while it thinks')}: switch thinking off`]
      : []),
    ...readoutLines(probe, colours),
    `${indent}runs ask for ${probe.outputModes[0] ?? 'text'}${probe.outputModes.length > 1 ? `, else ${probe.outputModes.slice(1).join(', ')}` : ''}`,
    ...(probe.decisions ? [`${indent}${decisionsText(probe.decisions)}`] : []),
    measured,
  ]
}

/** `decides, at most 52 options, 10 levels, 4,096 tokens a request (System One)` */
function decisionsText({ dialect, limits }: NonNullable<ProbeFindings['decisions']>): string {
  return `${describeDecisions(english, limits)} (${dialectNames[dialect]})`
}

const dialectNames = { systemone: 'System One', openai: 'in the form of OpenAI', gemini: 'in the form of Gemini' }

const readoutProblems: Record<ReadoutProblem, string> = {
  no_logprobs: 'it gives no log probabilities',
  label_tokens: 'its answers do not begin with a label of one token',
  thinks: 'its thinking cannot be turned off',
  too_few: 'too few log probabilities come back',
}

/** Nothing where it was not measured. */
function readoutLines({ readout, readoutProblem }: ProbeFindings, colours: Colours): string[] {
  if (readout === undefined) return []
  const words = 'decisions can be read out of its log probabilities'
  if (readout === null) {
    const why = readoutProblem === undefined ? '' : `: ${readoutProblems[readoutProblem]}`
    return [`${indent}${answerWord(false, colours)}  ${words}${why}; ask by text`]
  }
  const { labels, labelMass } = readout
  const told = `${count(labels, 'log probability', 'log probabilities')}, label mass ${labelMass.toFixed(2)}`
  const isLow = labelMass < leastLabelMass
  const doubt = isLow ? `: ${colours.bad('it does not understand the question')}; ask by text` : ''
  return [`${indent}${answerWord(true, colours)}  ${words}: ${told}${doubt}`]
}

function answerWord(answer: boolean | null, colours: Colours): string {
  if (answer === null) return colours.quiet('unknown'.padEnd(8))
  return answer ? colours.good('yes'.padEnd(8)) : colours.bad('no'.padEnd(8))
}

/** `call 2 of at most 6, asked for json; so far 480 tokens in, 1,256 out` */
export function testProgressText({ call, most, mode, usage }: TestProgress): string {
  const asked = mode === null ? '' : `, asked for ${mode}`
  return `call ${call} of at most ${most}${asked}${call === 1 ? '' : `; so far ${tokensText(usage)}`}`
}

/** What is about to be sent, before it is. */
export function planText(plan: TestPlan): string {
  const tokens =
    plan.calls === 0
      ? ''
      : ` About ${count(plan.tokens.input, 'token')} in and at most ${plan.tokens.output.toLocaleString('en-US')} out.`
  return `${oneLine(plan.sent)}${tokens} ${describeTestCost(english, plan)}`
}
