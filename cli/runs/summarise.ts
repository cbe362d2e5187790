import path from 'node:path'
import { leastLabelMass } from '../../protocol/decisions.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { lastedMs, type RunHint, type RunProfile, type RunView } from '../../protocol/runs.ts'
import { describeCascade } from '../../shared/describe/cascade.ts'
import { fellBackText } from '../../shared/describe/fallback.ts'
import { describeBatch, describeLane } from '../../shared/describe/lane.ts'
import { progressOf } from '../../shared/describe/progress.ts'
import { describeCounts, describeHint, hintAction } from '../../shared/describe/run.ts'
import { english } from '../../shared/language.ts'
import { block, labelWidth, routeText } from '../describe/readinessText.ts'
import { commandAgain, commandToType, commandWith, saysOption } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'
import { nextStep } from '../invocation/nextStep.ts'
import { count, duration, localTime } from '../terminal/format.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'
import { shortPath } from '../terminal/shortPath.ts'

export interface SeenFailures {
  /** Some are bytes that are not of the encoding which the input is taken to have. */
  areOfEncoding?: boolean
  /** They are rows that cannot be judged as they stand in the source. */
  areOfSource: boolean
}

/** How a run went, for people: where each task went, the counts, the results file, and the one next step. */
export async function summarise(
  invocation: Invocation,
  client: Client,
  run: RunView,
  failures: SeenFailures,
): Promise<void> {
  const { colours, terminal } = invocation
  const suggestions = await countSuggestions(client)
  const lines = [
    '',
    ...reusedLine(invocation, run),
    ...run.routes.map((route) => block(terminal.stderr, route, colours.good('ready'), [routeText(route)])),
    ...(run.profile ? [labelled('Profile', profileText(run.profile, terminal.workingFolder))] : []),
    labelled('Items', `${countsText(run)}${timeText(run)}`),
    ...(run.isRemembered ? [labelled('Read', 'as remembered from before; `source forget` forgets it')] : []),
    ...fallbackLine(run),
    ...laneLines(run),
    ...fellBackLines(run),
    ...cascadeLine(run, terminal.stderr.columns),
    ...versionLine(run),
    ...batchLine(invocation, run),
    ...notesLines(run, terminal.stderr.columns),
    ...(run.hint
      ? [labelled('Hint', colours.careful(sentence(describeHint(english, run.hint), terminal.stderr.columns)))]
      : []),
    ...labelMassLine(invocation, run),
    ...(await reviewLine(invocation, client, run)),
    ...(run.reason ? [labelled('Stopped', colours.bad(sentence(run.reason.message, terminal.stderr.columns)))] : []),
    ...resultsLine(invocation, run, terminal.workingFolder),
    labelled('Next', nextText(invocation, run, suggestions, failures)),
  ]
  await printNote(invocation, lines.join('\n'))
}

/** Of a run that ended early the file has what was finished, unless those results stand in it that count until this one is done. */
function resultsLine({ call, colours }: Invocation, run: RunView, workingFolder: string): string[] {
  const { runId, resultsPath, resultsWritten, state, revision, counts } = run
  if (resultsPath === null) return []
  const shown = oneLine(shortPath(resultsPath, workingFolder))
  const done = counts.ok + counts.failed + counts.skipped
  if (state === 'completed' && revision?.isKept === false && resultsWritten === false)
    return keptLines({ call, colours }, runId, shown)
  if (state === 'completed' || revision?.isKept) return [labelled('Results', shown)]
  if (resultsWritten === true) return [labelled('Results', `${shown}, with the ${count(done, 'item')} finished so far`)]
  const later = labelled('Results', `${shown}, from this run once it is complete`)
  if (resultsWritten !== false || done === 0) return [later]
  const command = colours.command(commandToType(call, 'results', runId, '--output', 'FILE'))
  return [later, labelled('', `the ${count(done, 'item')} finished so far: ${command}`)]
}

/** The results of a sample do not take the place of more without a word. */
function keptLines({ call, colours }: Pick<Invocation, 'call' | 'colours'>, runId: string, shown: string): string[] {
  const type = (...words: string[]): string => colours.command(commandToType(call, ...words))
  return [
    labelled('Results', `${shown} keeps those of a run with more items`),
    labelled('', `these: ${type('results', runId)}; in its place: ${type('revision', 'keep', runId)}`),
  ]
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(labelWidth)}${text}`
}

/** Broken to the width beside the labels. */
function sentence(text: string, columns: number): string {
  return wrap(oneLine(text), columns - labelWidth).join(`\n${' '.repeat(labelWidth)}`)
}

function countsText(run: RunView): string {
  const counts = describeCounts(english, run.counts)
  const { total, done } = progressOf(run)
  if (run.state === 'completed' || total === null) return counts
  return `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}: ${counts}`
}

/** What nobody was asked about is told, and how it would be: a result that did not change is a surprise otherwise. */
function reusedLine({ call, colours }: Invocation, { counts }: RunView): string[] {
  const { reused = 0, identical = 0, similar = 0 } = counts
  const told = [
    ...(reused > 0 ? [`${reused.toLocaleString('en-US')} unchanged since an earlier run`] : []),
    ...(identical > 0 ? [`${identical.toLocaleString('en-US')} with the text of another item`] : []),
    ...(similar > 0 ? [`${similar.toLocaleString('en-US')} with nearly the text of another item`] : []),
  ].join(', ')
  if (told === '') return []
  const again =
    reused > 0 && startsRun(call) ? `; to judge all again: ${colours.command(commandAgain(call, '--fresh'))}` : ''
  return [labelled('Not asked', `${told}${again}`)]
}

/** Said again, `run show` would only show: a run that is looked at was started by another command. */
function startsRun({ path }: Invocation['call']): boolean {
  return path[1] === undefined
}

/** A gateway that turns to another model does so without asking; whose word the results are has to be told. */
function fallbackLine({ spent: { fallbacks, calls } }: RunView): string[] {
  const models = Object.entries(fallbacks ?? {}).map(
    ([model, times]) => `${oneLine(model) || 'another model'} (${count(times, 'call')})`,
  )
  return models.length === 0
    ? []
    : [labelled('Fallback', `of ${count(calls, 'call')}, a fallback of the gateway answered: ${models.join(', ')}`)]
}

/** What the route's own fallbacks were asked in its place, and why. */
function cascadeLine({ cascade }: RunView, columns: number): string[] {
  return cascade ? [labelled('Cascade', sentence(describeCascade(english, cascade), columns))] : []
}

function fellBackLines({ fellBack = [] }: RunView): string[] {
  return fellBack.map((each, nth) => labelled(nth === 0 ? 'Fallback' : '', oneLine(fellBackText(english, each))))
}

/** Its batches, each where it is. */
function laneLines({ lane }: RunView): string[] {
  if (!lane) return []
  const open = lane.list.filter(({ state }) => state !== 'done')
  const deadline =
    lane.deadlineAt === null || lane.open === 0 ? [] : [`single calls from ${localTime(lane.deadlineAt)} on`]
  return [
    labelled('Batches', [describeLane(english, lane), ...deadline].join(' · ')),
    ...open.map((batch) => labelled('', oneLine(describeBatch(english, batch)))),
  ]
}

/** Probabilities are of a version: thresholds that were set by one need not hold for the other. */
function versionLine({ spent: { versions = {} } }: RunView): string[] {
  const names = Object.entries(versions).map(([name, times]) => `${oneLine(name)} (${count(times, 'call')})`)
  return names.length > 1
    ? [labelled('Versions', `the model changed in the middle of the run: ${names.join(', ')}`)]
    : []
}

/** What the run found out is worth knowing before the next one pays for it again. */
function batchLine({ colours }: Invocation, { batchSize }: RunView): string[] {
  if (batchSize === undefined) return []
  const option = colours.command(`--batch-size ${batchSize}`)
  return [
    labelled('Batches', `the model answers ${count(batchSize, 'item')} a call; begin the next run with ${option}`),
  ]
}

/** Items that are judged all the same, of which something is read otherwise than it looks; whoever relies on it has to know. */
function notesLines({ notes }: RunView, columns: number): string[] {
  if (!notes) return []
  const shown = notes.first.slice(0, shownNotes).map(({ item, message }) => `${item}: ${message}`)
  const more = notes.items - shown.length
  const lines = more > 0 ? [...shown, `and ${count(more, 'more item')}`] : shown
  return lines.map((line, nth) => labelled(nth === 0 ? 'Noted' : '', sentence(line, columns)))
}

const shownNotes = 5

/** Told only where it is low: then the verdicts are hardly better than chance, whatever their confidence says. */
function labelMassLine({ call, colours, terminal }: Invocation, { labelMass }: RunView): string[] {
  if (labelMass === undefined || labelMass >= leastLabelMass) return []
  const sense = 'the model does not understand the question'
  const told = `only ${labelMass.toFixed(2)} of the probability was on the labels: ${sense}, and would rather say something else`
  const command = saysOption(call, '--ask') ? `: ${colours.command(commandWith(call, '--ask', 'text'))}` : ''
  return [
    labelled('Read-out', sentence(told, terminal.stderr.columns)),
    labelled('', `ask it by text, or another model${command}`),
  ]
}

/** What waits for a person, and the line that shows it. */
async function reviewLine({ call, colours }: Invocation, client: Client, run: RunView): Promise<string[]> {
  if (run.hasReview !== true) return []
  const summary = await client.request('run/summary', { runId: run.runId, filter: { waits: true } })
  const waiting = summary.ok ? (summary.value.inReview ?? 0) : 0
  if (waiting === 0) return []
  const command = colours.command(commandToType(call, 'results', run.runId, '--doubtful', '--filter', 'review=yes'))
  return [labelled('Review', `${count(waiting, 'verdict')} in review: ${command}`)]
}

const origins: Record<RunProfile['origin'], string> = {
  workspace: "this folder's",
  stored: 'the stored one',
  file: 'a file',
  preset: 'ready-made',
}

function profileText({ origin, name, hash }: RunProfile, workingFolder: string): string {
  const shown = name === null ? '' : ` (${oneLine(path.isAbsolute(name) ? shortPath(name, workingFolder) : name)})`
  return `${origins[origin]}${shown}, ${hash.slice(0, 8)}`
}

function timeText(run: RunView): string {
  const lasted = lastedMs(run)
  return lasted === null ? '' : ` in ${duration(lasted)}`
}

/** A suggestion is only worth a line while it waits. A list that cannot be read is no reason to spoil a run that went well. */
async function countSuggestions(client: Client): Promise<number> {
  const categories = await client.request('category/list', {})
  return categories.ok ? categories.value.filter(({ approved }) => !approved).length : 0
}

/** The one thing that helps most now, and the line that does it. */
function nextText({ call, colours }: Invocation, run: RunView, suggestions: number, failures: SeenFailures): string {
  const type = (why: string, ...words: string[]): string => `${why}: ${colours.command(commandToType(call, ...words))}`
  if (run.reason?.code === 'stop_rule' && run.reason.rule === 'unusable')
    return type('try another model, or resume anyway', 'run', 'resume', run.runId, '--stop-invalid', 'never')
  if (run.reason?.code === 'stop_rule' && run.reason.rule === 'failed_in_row')
    return type('resume without this rule', 'run', 'resume', run.runId, '--stop-failed', 'never')
  if (run.reason?.code === 'stop_rule')
    return type('resume, with as much again before it stops', 'run', 'resume', run.runId)
  if (run.reason?.code === 'spend_cap') return capText(type, run.runId, run.reason)
  if (run.state === 'running') return type('it is being worked on; look again', 'run', 'show', run.runId)
  // Reading it again as it stands would end at the same place.
  if (run.reason?.code === 'source_invalid' && run.reason.problem === 'malformed')
    return `correct ${oneLine(run.reason.source)} and run it again`
  if (run.state === 'stopped' && run.reason && !passesByItself(run.reason))
    return type(`${stepBefore(run.reason, call)}, then resume`, 'run', 'resume', run.runId)
  if (run.state !== 'completed') return type('resume it', 'run', 'resume', run.runId)
  if (failures.areOfEncoding && startsRun(call))
    return `name the encoding of the input: ${colours.command(commandAgain(call, '--encoding', 'windows-1252'))}`
  if (failures.areOfSource) return 'correct the rows that failed and run it again'
  if (run.hint) return hintText(type, run, run.hint)
  if (run.counts.failed > 0) return type('judge what failed again', 'run', 'resume', run.runId)
  if (suggestions > 0)
    return type(`approve ${count(suggestions, 'suggested category', 'suggested categories')}`, 'category', 'list')
  // A route that calls nothing is the built-in baseline: a model does better.
  const hasModel = run.routes.some(({ endpoint }) => endpoint !== null)
  return hasModel ? type('look at it again', 'run', 'show', run.runId) : type('connect a model', 'provider', 'kinds')
}

function hintText(type: (why: string, ...words: string[]) => string, run: RunView, hint: RunHint): string {
  const action = hintAction(hint, run)
  switch (action) {
    case 'connectModel':
      return type('connect a model, which judges better than the built-in baseline', 'provider', 'kinds')
    case 'chooseModel': {
      const { provider = '' } = run.routes.find(({ task }) => task === 'categorization') ?? {}
      return type('choose a larger model, and judge some items with it first', 'provider', 'models', provider)
    }
    case 'editCategories': {
      const { origin, name } = run.profile ?? { origin: 'stored', name: null }
      if (origin === 'stored') return type('give it categories that fit these items', 'category', 'list')
      const words =
        origin === 'preset'
          ? 'choose a profile'
          : `correct the categories of ${oneLine(name ?? 'the profile')}, or choose one`
      return `${words} whose categories fit these items, and run it again with --profile`
    }
    default:
      return assertNever(action)
  }
}

/** What going on again is all that there is to do about, once it is over. */
function passesByItself({ code, action }: Reason): boolean {
  const isOurs = action.id === 'resumeRun' || action.id === 'showLog' || action.id === 'fixFolder'
  return isOurs || ['overloaded', 'rate_limited', 'timeout'].includes(code)
}

/** Without the part that says the command again: the run goes on instead. */
function stepBefore(reason: Reason, call: Invocation['call']): string {
  if (reason.action.id === 'checkAccount' && 'provider' in reason)
    return `look at the account behind ${oneLine(reason.provider)}`
  return oneLine(nextStep(reason, call))
}

/** A run that its cap has stopped goes on with a higher one; a provider's cap is its setting, and of the day. */
function capText(
  type: (why: string, ...words: string[]) => string,
  runId: string,
  { scope, provider }: Extract<Reason, { code: 'spend_cap' }>,
): string {
  if (scope === 'run') return type('resume with a higher cap', 'run', 'resume', runId, '--max-cost', 'USD')
  return type('raise the daily cap, then resume', 'provider', 'set', provider, 'daily_cap_usd=USD')
}
