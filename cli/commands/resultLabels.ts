import { type Command, Option } from 'commander'
import { type LabelChoice, type LabelledIssue, type LabelPlan, mostLabelled } from '../../protocol/github.ts'
import { RunId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { ghCommands, type Shell } from '../../shared/ghCommands.ts'
import { commandAgain } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../invocation/exitCodes.ts'
import {
  type Invocation,
  print,
  printNextStep,
  printNote,
  printReason,
  writeJson,
  writeLine,
} from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count } from '../terminal/format.ts'
import { cut, oneLine } from '../terminal/plainText.ts'
import { collect, type Execute, examples, matching, numberBetween } from './execute.ts'

interface LabelOptions {
  map?: string[]
  remove?: string[]
  replace?: boolean
  minConfidence?: number
  gh?: boolean
  shell: Shell
  apply?: boolean
  undo?: boolean
  yes?: boolean
}

/** Verdicts back to GitHub. The one command that writes there, so it shows what it would do unless told otherwise. */
export function addLabelsBack(program: Command, execute: Execute): void {
  const results = program.commands.find((command) => command.name() === 'results') ?? program.command('results')
  results
    .command('labels')
    .summary('results as labels of the GitHub issues that were judged')
    .description(
      'Shows which labels the issues of a run would get and lose, for a file that "source github" fetched. A category becomes the label of its name unless --map says otherwise. With --gh it prints commands of GitHub’s own program, with --apply it writes the labels: each issue is read once more before, and left alone if its text or labels have changed. --undo takes back what was written.',
    )
    .argument('<run>', 'the id of the run', matching(RunId, 'the id of a run'))
    .option('--map <category=label>', 'another label for a category, or none: CATEGORY= (repeatable)', collect)
    .option('--remove <label>', 'a label that every judged issue loses, such as triage (repeatable)', collect)
    .option('--replace', 'take off labels of other categories, too')
    .option('--min-confidence <share>', 'only verdicts that are at least as sure, from 0 to 1', numberBetween(0, 1))
    .option('--gh', 'print commands of gh instead')
    .addOption(new Option('--shell <shell>', 'for which shell').choices(['sh', 'powershell']).default('sh'))
    .option('--apply', 'write the labels')
    .option('--undo', 'take back what was written for this run')
    .option('--yes', 'write without asking')
    .addHelpText(
      'after',
      examples(
        'llm-providers results labels RUN --map "Bug report=bug" --remove triage',
        'llm-providers results labels RUN --apply',
        'llm-providers results labels RUN --gh > labels.sh',
      ),
    )
    .action((runId: string, options: LabelOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (options.undo === true) return await undoAll(invocation, client, runId)
        const choice = choiceOf(runId, options)
        const plan = await client.request('github/planLabels', choice)
        if (!plan.ok) return print(invocation, plan, () => '')
        if (options.gh === true) return await printCommands(invocation, plan.value, options.shell)
        if (options.apply === true) return await apply(invocation, client, { choice, plan: plan.value, options })
        const code = await print(invocation, plan, planText)
        if (plan.value.changes.length > 0 && !invocation.json)
          await printNextStep(invocation, commandAgain(invocation.call, '--apply'))
        return code
      }),
    )
}

function choiceOf(runId: string, { map = [], remove = [], replace = false, minConfidence }: LabelOptions): LabelChoice {
  const pairs = map.map((word): [string, string | null] => {
    const at = word.indexOf('=')
    if (at < 1) throw new UsageError(`--map takes CATEGORY=LABEL, and not ${JSON.stringify(cut(oneLine(word), 60))}`)
    return [word.slice(0, at).trim(), word.slice(at + 1).trim() || null]
  })
  return {
    ...{ runId, remove, replace },
    mapping: Object.fromEntries(pairs),
    ...(minConfidence === undefined ? {} : { minConfidence }),
  }
}

const shownTitle = 80

function planText({ repo, changes, unchanged, passedOver }: LabelPlan): string {
  return [
    ...changes.map(({ number, title, add, remove }) => {
      const named = (label: string): string => (/\s/.test(label) ? JSON.stringify(oneLine(label)) : oneLine(label))
      const signs = [...add.map((label) => `+${named(label)}`), ...remove.map((label) => `-${named(label)}`)]
      return `#${number} ${signs.join(' ')}  ${cut(oneLine(title), shownTitle)}`
    }),
    `${repo}: ${count(changes.length, 'issue')} would change, ${unchanged} would stay as they are, ${passedOver} passed over`,
  ].join('\n')
}

async function printCommands(invocation: Invocation, plan: LabelPlan, shell: Shell): Promise<ExitCode> {
  const { lines, left } = ghCommands(plan, shell)
  await print(invocation, succeed({ commands: lines, left }), () => lines.join('\n'))
  if (left.length > 0 && !invocation.json)
    await printNote(
      invocation,
      `left out, because a label cannot be quoted safely: ${left.map((number) => `#${number}`).join(', ')}`,
    )
  return left.length > 0 ? exitCodes.someFailed : exitCodes.done
}

async function apply(
  invocation: Invocation,
  client: Client,
  { choice, plan, options }: { choice: LabelChoice; plan: LabelPlan; options: LabelOptions },
): Promise<ExitCode> {
  const { changes, repo, digest } = plan
  if (!invocation.json) await writeLine(invocation, planText(plan))
  if (changes.length === 0)
    return invocation.json ? print(invocation, succeed({ issues: [] }), () => '') : exitCodes.done
  if (options.yes !== true) {
    if (invocation.json || !invocation.terminal.canAsk) throw new UsageError('Without a terminal to ask in, add --yes')
    if (!(await agrees(invocation, `Change the labels of ${count(changes.length, 'issue')} of ${repo}?`)))
      return refuse(invocation)
  }
  const numbers = changes.map(({ number }) => number)
  const issues: LabelledIssue[] = []
  for (let at = 0; at < numbers.length; at += mostLabelled) {
    const part = numbers.slice(at, at + mostLabelled)
    const written = await client.request('github/applyLabels', { ...choice, digest, numbers: part })
    if (!written.ok) return await finish(invocation, issues, written.reason)
    issues.push(...written.value.issues)
    if (written.value.stopped) return await finish(invocation, issues, written.value.stopped)
    await printProgress(invocation, issues.length, numbers.length)
  }
  return await finish(invocation, issues, null)
}

async function undoAll(invocation: Invocation, client: Client, runId: string): Promise<ExitCode> {
  const issues: LabelledIssue[] = []
  for (;;) {
    const undone = await client.request('github/undoLabels', { runId })
    if (!undone.ok) return await finish(invocation, issues, undone.reason)
    issues.push(...undone.value.issues)
    if (undone.value.stopped) return await finish(invocation, issues, undone.value.stopped)
    await printProgress(invocation, issues.length, issues.length + undone.value.left)
    if (undone.value.left === 0) return await finish(invocation, issues, null)
  }
}

async function printProgress(invocation: Invocation, done: number, of: number): Promise<void> {
  if (!invocation.json && of > mostLabelled) await printNote(invocation, `${done} of ${of}`)
}

async function finish(
  invocation: Invocation,
  issues: readonly LabelledIssue[],
  stopped: Reason | null,
): Promise<ExitCode> {
  const left = issues.filter(({ outcome }) => outcome === 'left')
  if (invocation.json) {
    const outcome: Outcome<unknown> = succeed({ issues, ...(stopped ? { stopped } : {}) })
    await writeJson(invocation, issues.length === 0 && stopped ? { ok: false, reason: stopped } : outcome)
  } else {
    for (const { number, why = '' } of left) await printNote(invocation, `left alone: #${number}, ${oneLine(why)}`)
    const amount = (outcome: LabelledIssue['outcome']) => issues.filter((each) => each.outcome === outcome).length
    await writeLine(
      invocation,
      `${count(amount('done'), 'issue')} changed, ${amount('same')} as wanted already, ${left.length} left alone`,
    )
    if (stopped) await printReason(invocation, stopped)
  }
  if (stopped) return exitCodeOf(stopped.code)
  return left.length > 0 ? exitCodes.someFailed : exitCodes.done
}
