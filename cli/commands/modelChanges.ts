import { type Command, Option } from 'commander'
import { ModelType, type RegisteredModel } from '../../protocol/models.ts'
import { listOfText, parameterShapes } from '../../protocol/parameterShapes.ts'
import { groupOf, withValueAt } from '../../shared/nestedValues.ts'
import { registeredText } from '../describe/modelText.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { confirmDependents, dependentLines, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { findRegistered } from '../models/registeredModels.ts'
import { refuseSecret, splitSetting } from '../providers/configValues.ts'
import { collect, type Execute, examples, providerId } from './execute.ts'
import { modelId } from './testCommands.ts'

export function addModelChanges(model: Command, execute: Execute): void {
  addAdd(model, execute)
  addSet(model, execute)
  addSwitches(model, execute)
  addRemove(model, execute)
  addDefault(model, execute)
}

/** A command about one model of one provider. */
export function onModel(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .summary(summary)
    .argument('<provider>', 'the provider', providerId)
    .argument('<model>', 'the model, as its provider spells it', modelId)
}

function addAdd(parent: Command, execute: Execute): void {
  onModel(parent, 'add', 'register a model, with its parameters')
    .addOption(new Option('--type <type>', 'what it is for').choices(ModelType.options).makeOptionMandatory())
    .option('--set <key=value>', 'a parameter (repeatable), such as temperature or dimensions', collect)
    .addHelpText(
      'after',
      examples(
        'llm-providers model add ollama qwen3:8b --type generation --set temperature=0 --set thinking=off',
        'llm-providers model add work text-embedding-3-small --type embedding --set dimensions=512',
        'llm-providers model add lab names-1 --type ner --set labels=person,place --set threshold=0.5',
      ),
    )
    .action((provider: string, name: string, options: { type: ModelType; set?: string[] }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const said = parseSaid(options.set ?? [])
        const params = { provider, model: name, type: options.type, ...said, create: true }
        return print(invocation, await client.request('model/save', params), (saved) =>
          registeredText(invocation, [saved]),
        )
      }),
    )
}

function addSet(parent: Command, execute: Execute): void {
  onModel(parent, 'set', 'change parameters of a registered or listed model')
    .argument(
      '[key=value...]',
      'parameters and prices to change; KEY= restores the default of its provider; sync=true: it stands at every gateway',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers model set ollama qwen3:8b thinking=off timeout_seconds=300',
        'llm-providers model set work gpt-x price.input=1 price.output=2',
      ),
    )
    .action((provider: string, name: string, words: string[], _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (words.length === 0) throw new UsageError('Nothing to set: give KEY=VALUE')
        const { sync, parameters: said } = withoutSync(words)
        const before = await findRegistered(client, provider, name)
        if (!before.ok) {
          const type = await typeOfListed(client, provider, name)
          if (type === null) return print(invocation, before, () => '')
          // What a next step names is taken as it stands: what is listed needs no registering first.
          const params = { provider, model: name, type, ...parseSaid(said), create: true, ...sync }
          return print(invocation, await client.request('model/save', params), (saved) =>
            registeredText(invocation, [saved]),
          )
        }
        const changed = said.length === 0 ? {} : parseSaid(said, before.value)
        const params = { provider, model: name, ...changed, ...sync, ifUpdatedAt: before.value.updatedAt }
        const saved = await client.request('model/save', params)
        const code = await print(invocation, saved, (model) => registeredText(invocation, [model]))
        if (saved.ok && !invocation.json) await offerSync(invocation, client, sync)
        return code
      }),
    )
}

/** Null: its provider did not list it when it was last asked. */
async function typeOfListed(client: Client, provider: string, name: string): Promise<ModelType | null> {
  const list = await client.request('provider/models', { provider, refresh: false })
  const listed = list.ok ? list.value.find(({ model }) => model === name) : undefined
  return listed ? (listed.type ?? 'generation') : null
}

function addSwitches(parent: Command, execute: Execute): void {
  for (const [name, status, summary] of [
    ['enable', 'active', 'enable a registered model'],
    ['disable', 'inactive', 'disable a registered model, keeping its settings'],
  ] as const) {
    onModel(parent, name, summary)
      .option('--yes', 'continue even if something depends on it')
      .action((provider: string, model: string, options: { yes?: boolean }, command: Command) =>
        execute(command, async (invocation, { client }) => {
          // Only what is registered has a state: without this, switching would register it.
          const before = await findRegistered(client, provider, model)
          if (!before.ok) return print(invocation, before, () => '')
          const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
            client.request('model/save', { provider, model, status, confirm }),
          )
          if (outcome === null) return refuse(invocation)
          return print(invocation, outcome, (saved) => `${provider} / ${saved.model} is ${saved.status}`)
        }),
      )
  }
}

function addRemove(parent: Command, execute: Execute): void {
  onModel(parent, 'remove', 'remove the settings of a model')
    .description(
      'Removes parameters, measurements and default of a model. The model itself, unless it was learned here, and the routes that use it stay.',
    )
    .option('--yes', 'continue even if something depends on it')
    .action((provider: string, model: string, options: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
          client.request('model/remove', { provider, model, confirm }),
        )
        if (outcome === null) return refuse(invocation)
        return print(invocation, outcome, ({ dependents }) =>
          withDependents(`${provider} / ${model} is no longer registered`, dependentLines(dependents)),
        )
      }),
    )
}

function addDefault(parent: Command, execute: Execute): void {
  onModel(parent, 'default', 'make a registered model the default of its type')
    .option('--none', 'unset it: its type then has no default')
    .action((provider: string, model: string, options: { none?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('model/setDefault', { provider, model, isDefault: !options.none })
        return print(invocation, outcome, ({ type, isDefault }) =>
          isDefault ? `${provider} / ${model} is the default for ${type}` : `There is no longer a default for ${type}`,
        )
      }),
    )
}

/** What was done, and what it concerned. */
export function withDependents(done: string, lines: readonly string[]): string {
  return lines.length === 0 ? done : [`${done}. What depends on it:`, ...lines].join('\n')
}

/** `sync` is no parameter of a call: it says whether gateways have the model. */
function withoutSync(words: readonly string[]): { sync: { sync?: boolean }; parameters: string[] } {
  const isSync = (word: string) => splitSetting(word).name === 'sync'
  const word = words.findLast(isSync)
  if (word === undefined) return { sync: {}, parameters: [...words] }
  const value = splitSetting(word).value === '' ? false : parameterOf('sync', splitSetting(word).value)
  if (typeof value !== 'boolean') throw new UsageError('sync is true or false')
  return { sync: { sync: value }, parameters: words.filter((each) => !isSync(each)) }
}

/** This program ends; an editor that runs does it by itself. */
async function offerSync(invocation: Invocation, client: Client, { sync }: { sync?: boolean }): Promise<void> {
  if (sync === undefined) return
  const gateways = await client.request('gateway/list', {})
  const [first] = gateways.ok ? gateways.value : []
  await printNextStep(
    invocation,
    first
      ? commandToType(invocation.call, 'gateway', 'sync', first.gateway)
      : commandToType(invocation.call, 'gateway', 'add', 'ID', '--url', 'URL'),
  )
}

type Value = string | number | boolean | string[]
type Said = { parameters: Record<string, Value>; price?: Record<string, Value> }

/**
 * `KEY=VALUE` words as parameters of a model, and those with `price.` as its price. Which there are and what they may be is known to the
 * server; `KEY=` takes one back. The price is there where one of the words is about it.
 */
function parseSaid(words: readonly string[], before?: Pick<RegisteredModel, 'parameters' | 'price'>): Said {
  let parameters = { ...before?.parameters } as Record<string, Value>
  let priced: Record<string, unknown> = { price: before?.price ?? {} }
  let isPriced = false
  for (const word of words) {
    const { name, value } = splitSetting(word)
    refuseSecret(name, value)
    const said = value === '' ? undefined : parameterOf(name, value)
    if (groupOf(name) === 'price') {
      priced = withValueAt<unknown>(priced, name, said)
      isPriced = true
    } else parameters = withValueAt(parameters, name, said)
  }
  return isPriced ? { parameters, price: (priced.price ?? {}) as Record<string, Value> } : { parameters }
}

const switchWords = new Map([
  ['true', true],
  ['on', true],
  ['yes', true],
  ['false', false],
  ['off', false],
  ['no', false],
])

function parameterOf(name: string, word: string): Value {
  const text = word.trim()
  const [shape] = parameterShapes('ner', [name])
  if (shape?.type === 'list') return listOfText(text)
  return switchWords.get(text.toLowerCase()) ?? (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : text)
}
