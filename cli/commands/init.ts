import path from 'node:path'
import { type Command, Option } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import { ModelId, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import type { SourceDescription } from '../../protocol/sources.ts'
import { describeEstimate } from '../../shared/describe/estimate.ts'
import { fail } from '../../shared/fail.ts'
import { routeText } from '../describe/readinessText.ts'
import { commandToType } from '../invocation/call.ts'
import { type ExitCode, exitCodeOf, exitCodeOfRun, exitCodes } from '../invocation/exitCodes.ts'
import {
  type Host,
  type Invocation,
  print,
  printNextStep,
  printNote,
  printReason,
  writeJson,
} from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { askForProfile, type Drafting, draftNamed } from '../runs/draftProfile.ts'
import { followRun } from '../runs/followRun.ts'
import { type NamedModel, namedModel } from '../runs/namedModel.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { fieldsOf, type ReadingOptions, settingsOf, sourceOf } from '../runs/reading.ts'
import { runTasks } from '../runs/runTasks.ts'
import { cut, oneLine } from '../terminal/plainText.ts'
import { renderTable } from '../terminal/table.ts'
import { amountOfUsd, type Execute, examples, matching, providerId, wholeNumber } from './execute.ts'
import { categoryLines } from './profile.ts'
import { withReading } from './reading.ts'

interface InitOptions extends ReadingOptions {
  categories?: string
  interests?: string
  antiInterests?: string
  provider?: string
  model?: string
  keep: 'workspace' | 'stored'
  overwrite?: boolean
  sample?: number
  limit?: number
  maxCost?: number
  start: boolean
  yes?: boolean
}

export function addInitCommand(program: Command, execute: Execute): void {
  withReading(program.command('init').argument('<file>', 'what is to be judged: a file or a folder'))
    .summary('say what a file is, what it is sorted into and what matters; then judge it')
    .description(
      'Shows what was recognised, asks which categories to use and what matters, judges ten items as a preview, stores the answers for this folder, and starts. With --categories and --yes it asks nothing.',
    )
    .option('--categories <list>', 'a ready-made list, a file with a list or a profile, or propose')
    .option('--interests <text>', 'what matters most, in a sentence')
    .option('--anti-interests <text>', 'what does not matter')
    .option('--provider <id>', 'use this provider for both tasks from now on', providerId)
    .option(
      '--model <model>',
      'its model for both tasks; without --provider, an alias or PROVIDER/MODEL',
      matching(ModelId, 'the name of a model'),
    )
    .addOption(
      new Option('--keep <where>', 'in the folder (.llm-providers/profile.yaml), or as the stored profile')
        .choices(['workspace', 'stored'])
        .default('workspace'),
    )
    .option('--overwrite', 'replace an existing profile')
    .option('--sample <n>', 'judge this many items as a preview (10 in a terminal)', wholeNumber(1, 50))
    .option('--limit <n>', 'judge only the first items', wholeNumber(1, 1_000_000_000))
    .option('--max-cost <usd>', 'stop before the run costs more than this; it can be resumed', amountOfUsd)
    .option('--no-start', 'only store the answers')
    .option('--yes', 'ask nothing')
    .addHelpText(
      'after',
      examples(
        'llm-providers init tickets.csv',
        'llm-providers init tickets.csv --categories support --interests "Customers about to leave." --yes',
        'llm-providers init notes --categories propose --no-start --yes --json',
      ),
    )
    .action((file: string, options: InitOptions, command: Command) =>
      execute(command, async (invocation, host) => {
        const isAsking = invocation.terminal.canAsk && !invocation.json && options.yes !== true
        if (!isAsking) refuseWhatIsMissing(options)
        return await new Init(invocation, host, file, options, isAsking).carryOut()
      }),
    )
}

/** Nobody can be asked, so the call has to say it all. */
function refuseWhatIsMissing({ categories, yes }: InitOptions): void {
  const missing = [
    ...(categories === undefined ? ['--categories (issues, another ready-made list, a file, or propose)'] : []),
    ...(yes === true ? [] : ['--yes']),
  ]
  if (missing.length > 0) throw new UsageError(`Without a terminal to ask in, give ${missing.join(' and ')}`)
}

const previewItems = 10

/** One walk from a file to its results; what a step learns the next ones use. */
class Init {
  readonly #invocation: Invocation
  readonly #host: Host
  readonly #path: string
  readonly #isAsking: boolean
  #options: InitOptions
  #folder = ''

  constructor(invocation: Invocation, host: Host, file: string, options: InitOptions, isAsking: boolean) {
    this.#invocation = invocation
    this.#host = host
    this.#path = path.resolve(invocation.terminal.workingFolder, file)
    this.#options = options
    this.#isAsking = isAsking
  }

  async carryOut(): Promise<ExitCode> {
    this.#folder = await findProfileFolder(this.#invocation.terminal.workingFolder)
    const source = await this.#recognise()
    if (source === null) return refuse(this.#invocation)
    if (!source.ok) return await this.#fail(source)
    const free = await this.#mayKeep()
    if (!free.ok) return await this.#fail(free)
    if (!free.value) return refuse(this.#invocation)
    const routed = await this.#chooseModel()
    if (!routed.ok) return await this.#fail(routed)
    for (;;) {
      const profile = await this.#draft()
      if (profile === null) return refuse(this.#invocation)
      if (!profile.ok) return await this.#fail(profile)
      const estimate = await this.#preview(profile.value)
      if (!estimate.ok) return await this.#fail(estimate)
      const then = await this.#decide()
      if (then === 'give up') return refuse(this.#invocation)
      if (then !== 'again') return await this.#finish(source.value, profile.value, estimate.value, then === 'start')
      const { categories: _, ...others } = this.#options
      this.#options = others
    }
  }

  /** Null: the person gave up. */
  async #recognise(): Promise<Outcome<SourceDescription> | null> {
    for (;;) {
      const described = await this.#host.client.request('source/describe', this.#source())
      if (!described.ok) return described
      if (!this.#isAsking) return described
      const { text, id, fields } = described.value
      await this.#note(recognisedText(described.value))
      if (fields.length === 0) return described
      const textField = await this.#ask(`Fields with the text [${text?.join(', ') || 'not clear'}] `)
      const idField = textField === null ? null : await this.#ask(`Field with the id [${id ?? 'none'}] `)
      if (textField === null || idField === null) return null
      if (textField === '' && idField === '' && text !== null) return described
      const { text: before, id: idBefore } = this.#options
      this.#options = {
        ...this.#options,
        ...(textField === ''
          ? before
            ? { text: before }
            : {}
          : { text: textField.split(',').map((each) => each.trim()) }),
        ...(idField === '' ? (idBefore ? { id: idBefore } : {}) : { id: idField }),
      }
    }
  }

  /** Before anything is paid for: a profile that is there is replaced only when that is wanted. */
  async #mayKeep(): Promise<Outcome<boolean>> {
    const read = await this.#host.client.request('profile/read', { workspaceFolder: this.#folder })
    if (!read.ok) return this.#options.overwrite ? succeed(true) : read
    const { from, isChosen } = read.value
    const isInTheWay = this.#options.keep === 'workspace' ? from.origin === 'workspace' : isChosen
    if (this.#options.overwrite || !isInTheWay) return succeed(true)
    const id = from.name ?? 'stored'
    if (!this.#isAsking) return fail({ code: 'already_exists', what: 'profile', id })
    const isAgreed = await agrees(
      this.#invocation,
      `${from.name ?? 'The stored profile'} counts here already. Replace it?`,
    )
    if (isAgreed) this.#options = { ...this.#options, overwrite: true }
    return succeed(isAgreed)
  }

  async #chooseModel(): Promise<Outcome<null>> {
    const { client } = this.#host
    const chosen = await namedModel(client, this.#options)
    if (!chosen.ok) return chosen
    let { provider, model, alias }: Partial<NamedModel> = chosen.value ?? {}
    if (this.#isAsking && provider === undefined) {
      const readiness = await client.request('readiness/read', {})
      if (!readiness.ok) return readiness
      for (const { task, route, reason } of [readiness.value.categorization, readiness.value.scoring])
        await this.#note(`${task}: ${route ? routeText(route) : oneLine(reason?.message ?? '')}`)
      const answer = await this.#ask('Another model for both tasks? (PROVIDER/MODEL; Enter keeps these) ')
      if (!answer) return succeed(null)
      const named = await namedModel(
        client,
        answer.includes('/') ? { model: answer } : { provider: providerId(answer) },
      )
      if (!named.ok) return named
      ;({ provider, model, alias } = named.value ?? {})
    }
    if (provider === undefined) return succeed(null)
    const route = { provider, model: model ?? null, alias: alias ?? null }
    const saved = await client.request('route/saveAll', {
      routes: tasks.map((task) => ({ task, ...route })),
      workspaceFolder: this.#folder,
      confirm: this.#options.yes === true,
    })
    return saved.ok ? succeed(null) : saved
  }

  /** Null: the person gave up. */
  async #draft(): Promise<Outcome<Profile> | null> {
    const { categories, interests, antiInterests } = this.#options
    const drafting: Drafting = {
      invocation: this.#invocation,
      host: this.#host,
      proposal: { ...this.#source(), workspaceFolder: this.#folder },
    }
    const drafted = categories === undefined ? await askForProfile(drafting) : await draftNamed(drafting, categories)
    if (drafted === null) return null
    if ('ok' in drafted && !drafted.ok) return drafted
    const profile = 'ok' in drafted ? drafted.value : drafted
    const said = interests ?? (this.#isAsking ? await this.#askInterests(profile) : profile.interests)
    if (said === null) return null
    return succeed({ ...profile, interests: said, anti_interests: antiInterests ?? profile.anti_interests })
  }

  async #askInterests({ categories, interests }: Profile): Promise<string | null> {
    await this.#note(categoryLines({ categories }).join('\n'))
    const before = interests === '' ? 'nothing in particular' : oneLine(interests)
    const answer = await this.#ask(`What matters most, in a sentence? [${before}] `)
    return answer === '' ? interests : answer
  }

  /** What it takes, and where somebody looks on or wants it, some items really judged. */
  async #preview(draft: Profile): Promise<Outcome<RunEstimate>> {
    const { client } = this.#host
    const request = { ...this.#run(), draft }
    const estimate = await client.request('run/estimate', request)
    if (!estimate.ok) return estimate
    await this.#note(describeEstimate(estimate.value).join('\n'))
    const wanted = this.#options.sample ?? (this.#isAsking ? previewItems : 0)
    if (wanted === 0 || estimate.value.toJudge === 0) return estimate
    const asksFirst = this.#isAsking && estimate.value.routes.some(({ endpoint }) => endpoint !== null)
    if (asksFirst && !(await agrees(this.#invocation, `Judge ${wanted} of them now, as a preview?`))) return estimate
    const sampled = await client.request('run/estimate', { ...request, sample: wanted })
    if (sampled.ok) await this.#note(previewText(this.#invocation, sampled.value))
    return sampled
  }

  async #decide(): Promise<'start' | 'save' | 'again' | 'give up'> {
    if (!this.#isAsking) return this.#options.start ? 'start' : 'save'
    const answer = await this.#ask('Start, save only, or change the categories? (s/o/c) ')
    if (answer === null || /^[nq]/i.test(answer)) return 'give up'
    if (/^c/i.test(answer)) return 'again'
    return /^o/i.test(answer) || !this.#options.start ? 'save' : 'start'
  }

  async #finish(
    source: SourceDescription,
    profile: Profile,
    estimate: RunEstimate,
    starts: boolean,
  ): Promise<ExitCode> {
    const { client } = this.#host
    const { keep, overwrite } = this.#options
    const request = { workspaceFolder: this.#folder, profile, keep, ...(overwrite ? { overwrite } : {}) }
    const kept = await client.request('profile/choose', request)
    if (!kept.ok) return await this.#fail(kept)
    const settings = settingsOf(this.#options)
    if (Object.keys(settings).length > 0) await client.request('source/remember', { path: this.#path, settings })
    const { from } = kept.value
    await this.#note(
      `Kept ${from.name === null ? 'as the stored profile' : `in ${oneLine(from.name)}`}. Change it there, or with init again.`,
    )
    if (this.#invocation.json) return await this.#finishInJson({ source, profile, from, estimate }, starts)
    const words = ['run', path.relative(this.#invocation.terminal.workingFolder, this.#path) || '.']
    const { limit, maxCost } = this.#options
    const limits = { ...(limit === undefined ? {} : { limit }), ...(maxCost === undefined ? {} : { maxCost }) }
    if (starts) return await runTasks(this.#invocation, this.#host, [...tasks], [this.#path], { yes: true, ...limits })
    await printNextStep(this.#invocation, commandToType(this.#invocation.call, ...words))
    return exitCodes.done
  }

  async #finishInJson(value: object, starts: boolean): Promise<ExitCode> {
    const request = this.#run()
    const run = starts
      ? await followRun(this.#invocation, this.#host.client, () => this.#host.client.request('run/start', request))
      : null
    if (run && !run.ok) return await this.#fail(run)
    await writeJson(this.#invocation, succeed({ ...value, run: run?.value ?? null }))
    return run ? exitCodeOfRun(run.value) : exitCodes.done
  }

  #run(): Params<'run/start'> {
    const { limit, maxCost } = this.#options
    return {
      ...{ tasks: [...tasks], ...this.#source(), workspaceFolder: this.#folder },
      ...(limit === undefined ? {} : { limit }),
      ...(maxCost === undefined ? {} : { maxCostUsd: maxCost }),
    }
  }

  #source() {
    const source = sourceOf({ kind: 'paths', paths: [this.#path] }, this.#options)
    return { source, fields: fieldsOf(this.#options) }
  }

  async #fail(outcome: Outcome<never> | { ok: false; reason: Parameters<typeof printReason>[1] }): Promise<ExitCode> {
    if (outcome.ok) return exitCodes.done
    if (this.#invocation.json) return await print(this.#invocation, outcome, () => '')
    await printReason(this.#invocation, outcome.reason)
    if (outcome.reason.code === 'no_default_model')
      await this.#note('Without a model: profile propose FILE --words makes a list from the words that items share.')
    return exitCodeOf(outcome.reason.code)
  }

  async #ask(question: string): Promise<string | null> {
    return (await this.#invocation.terminal.ask(question))?.trim() ?? null
  }

  async #note(text: string): Promise<void> {
    if (!this.#invocation.json) await printNote(this.#invocation, text)
  }
}

function recognisedText({ format, fields, text, id, rows, problems }: SourceDescription): string {
  const mark = (name: string): string => (text?.includes(name) ? ' (text)' : name === id ? ' (id)' : '')
  return [
    `Recognised as ${format}.`,
    ...fields.map(({ name, example }) => `  ${oneLine(name)}${mark(name)}: ${cut(oneLine(example), 80)}`),
    ...(rows.length > 0 ? ['As they would be judged:'] : []),
    ...rows.map((row) => `  ${oneLine(row.id)}  ${cut(oneLine(row.text), 120)}`),
    ...problems.map((problem) => `  cannot be read: ${oneLine(problem)}`),
  ].join('\n')
}

function previewText({ terminal }: Invocation, { sample }: RunEstimate): string {
  const rows = sample?.rows ?? []
  return renderTable(
    terminal.stderr,
    [
      { heading: 'text', text: ({ text }) => text, share: 1 },
      {
        heading: 'categories',
        text: ({ categories, error }) => error?.message ?? (categories?.join(', ') || 'none'),
        most: 40,
      },
      { heading: 'score', align: 'right', text: ({ score }) => score?.toFixed(1) ?? '' },
    ],
    rows,
  )
}
