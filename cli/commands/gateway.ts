import { type Command, Option } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import { GatewayKeys, type GatewayPlan, type GatewaySync } from '../../protocol/gateways.ts'
import { GatewayId, keyHolderOf } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { gatewayPlanText, gatewaySyncText, gatewaysText, gatewayTestText, keyLines } from '../describe/gatewayText.ts'
import { commandToType } from '../invocation/call.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { KeyStore } from '../keys/keyStore.ts'
import { type KeySource, readKey } from '../keys/readKey.ts'
import { parseVariableName } from '../providers/configValues.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples, matching, providerId } from './execute.ts'
import { modelId } from './testCommands.ts'

const gatewayId = matching(GatewayId, 'the id of a gateway', 'lower-case letters, digits, ".", "_" or "-", at most 63')

export function addGatewayCommands(program: Command, execute: Execute): void {
  const gateway = program
    .command('gateway')
    .summary('LiteLLM proxies that mirror your active models')
    .description(
      'LiteLLM proxies that mirror your active models: those marked by "model set PROVIDER MODEL sync=true". Only entries that were made from here are ever changed there.',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers gateway add team --url https://llm.example.org --key-env LITELLM_MASTER_KEY',
        'llm-providers model set work gpt-5-mini sync=true',
        'llm-providers gateway plan team',
        'llm-providers gateway sync team',
        'llm-providers gateway test team work gpt-5-mini',
      ),
    )
  addList(gateway, execute)
  addSettings(gateway, execute)
  addKeyCommand(gateway, execute)
  addPlan(gateway, execute)
  addSync(gateway, execute)
  addTest(gateway, execute)
  addRemove(gateway, execute)
}

function addList(parent: Command, execute: Execute): void {
  parent
    .command('list')
    .summary('all gateways, with the models there')
    .action((_: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('gateway/list', {}), (rows) => gatewaysText(invocation, rows)),
      ),
    )
}

interface Settings {
  url?: string
  keyEnv?: string
  keys?: GatewayKeys
  allowPlainHttp?: boolean
  keyStdin?: boolean
}

function withSettings(command: Command): Command {
  return command
    .argument('<id>', 'the gateway, by a name of your choice', gatewayId)
    .option('--url <url>', 'where the proxy is, such as http://localhost:4000')
    .option('--key-env <name>', 'name of the environment variable that holds its admin key')
    .option('--key-stdin', 'read its admin key from standard input, and keep it in the keyring')
    .addOption(
      new Option(
        '--keys <how>',
        "how providers' keys get there: variables of the proxy's machine, or values that are sent",
      ).choices(GatewayKeys.options),
    )
    .option('--allow-plain-http', 'send the admin key unencrypted to another machine')
}

function addSettings(parent: Command, execute: Execute): void {
  withSettings(parent.command('add').summary('add a gateway; sends nothing')).action(
    (id: string, options: Settings, command: Command) => {
      if (options.url === undefined) throw new UsageError('Say where the proxy is: --url URL')
      return execute(command, (invocation, host) => save(invocation, host, id, { options, create: true }))
    },
  )
  withSettings(parent.command('set').summary('change a gateway')).action(
    (id: string, options: Settings, command: Command) => {
      if (Object.keys(settingsOf(options)).length === 0 && !options.keyStdin) {
        throw new UsageError('Nothing to set: give --url, --key-env, --keys or --allow-plain-http')
      }
      return execute(command, (invocation, host) => save(invocation, host, id, { options, create: false }))
    },
  )
}

function settingsOf({
  url,
  keyEnv,
  keys,
  allowPlainHttp,
  keyStdin,
}: Settings): Omit<Params<'gateway/save'>, 'gateway'> {
  if (keyStdin && keyEnv !== undefined) throw new UsageError('--key-stdin and --key-env say two places for one key')
  return {
    ...(url === undefined ? {} : { url }),
    ...(keyEnv === undefined ? {} : { keyEnv: parseVariableName(keyEnv) }),
    ...(keyStdin ? { keyEnv: null } : {}),
    ...(keys === undefined ? {} : { keys }),
    ...(allowPlainHttp === undefined ? {} : { allowPlainHttp }),
  }
}

async function save(
  invocation: Invocation,
  host: Host,
  id: string,
  { options, create }: { options: Settings; create: boolean },
): Promise<ExitCode> {
  const settings = settingsOf(options)
  const saved = await host.client.request('gateway/save', { gateway: id, ...settings, ...(create ? { create } : {}) })
  if (!saved.ok) {
    const code = await print(invocation, saved, () => '')
    // What was just typed, not what was stored.
    return saved.reason.code === 'gateway_unusable' ? exitCodes.wrongUse : code
  }
  if (options.keyStdin) {
    const kept = await keepKey(invocation, host, { gateway: id, url: saved.value.url }, {})
    if (kept === null) return refuse(invocation)
    if (!kept.ok) return print(invocation, kept, () => '')
  }
  const code = await print(invocation, saved, (gateway) => gatewaysText(invocation, [gateway]))
  const hasKey = saved.value.keyEnv !== null || options.keyStdin
  if (!invocation.json) {
    await printNextStep(invocation, commandToType(invocation.call, 'gateway', hasKey ? 'test' : 'set-key', id))
  }
  return code
}

function addKeyCommand(parent: Command, execute: Execute): void {
  parent
    .command('set-key')
    .summary("store a gateway's admin key in the keyring of this machine")
    .description(
      "Stores a gateway's admin key in the operating system's keyring, for its current URL only. The key is read from the keyboard without being shown, from standard input, or from a file of variables; never from the command line.",
    )
    .argument('<id>', 'the gateway', gatewayId)
    .option('--from-file <file>', 'a file of variables with the key, such as .env')
    .option('--variable <name>', 'which variable of that file', parseVariableName)
    .action((id: string, options: KeySource, command: Command) =>
      execute(command, async (invocation, host) => {
        const gateways = await host.client.request('gateway/save', { gateway: id, keyEnv: null })
        if (!gateways.ok) return print(invocation, gateways, () => '')
        const kept = await keepKey(invocation, host, gateways.value, options)
        if (kept === null) return refuse(invocation)
        const code = await print(
          invocation,
          kept,
          ({ origin, ending }) =>
            `The key ${ending === null ? '' : `${ending} `}of the gateway ${id} is kept in the keyring, for ${oneLine(origin)} only.`,
        )
        if (kept.ok && !invocation.json) {
          await printNextStep(invocation, commandToType(invocation.call, 'gateway', 'test', id))
        }
        return code
      }),
    )
}

/** Null: the person refused. */
async function keepKey(
  invocation: Invocation,
  { client }: Host,
  { gateway, url }: { gateway: string; url: string },
  source: KeySource,
): Promise<Outcome<{ gateway: string; origin: string; ending: string | null }> | null> {
  const [holder, origin] = [keyHolderOf(gateway), new URL(url).origin]
  const store = new KeyStore(invocation.terminal)
  const reached = await store.reach(holder)
  if (!reached.ok) return reached
  const pasted = await readKey(invocation, source, `Admin key of ${gateway} for ${origin} (it is not shown): `, null)
  if (pasted === null) return null
  const saved = await store.save(holder, origin, pasted.key)
  if (!saved.ok) return saved
  await forgetKnown(client, holder)
  return succeed({ gateway, origin, ending: keyEnding(pasted.key) })
}

async function forgetKnown(client: Host['client'], holder: string): Promise<void> {
  await client.notify('secret/changed', { provider: holder })
  // A notification is not answered: whatever is answered after it proves that it was heard.
  await client.request('gateway/list', {})
}

function addPlan(parent: Command, execute: Execute): void {
  parent
    .command('plan')
    .summary('what a sync would make, replace and remove; changes nothing')
    .argument('<id>', 'the gateway', gatewayId)
    .action((id: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('gateway/plan', { gateway: id }), gatewayPlanText),
      ),
    )
}

function addSync(parent: Command, execute: Execute): void {
  parent
    .command('sync')
    .summary('bring a gateway to your active models marked sync')
    .argument('<id>', 'the gateway', gatewayId)
    .option('--send-keys', "agree that keys leave this machine as values, where the gateway's keys are values")
    .action((id: string, { sendKeys = false }: { sendKeys?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const sync = (confirm: boolean) => client.request('gateway/sync', { gateway: id, confirm })
        const first = await sync(sendKeys)
        const isAsked = !first.ok && first.reason.code === 'gateway_keys_unconfirmed'
        if (!isAsked || invocation.json || !invocation.terminal.canAsk) return reportSync(invocation, first)
        const plan = await client.request('gateway/plan', { gateway: id })
        if (!plan.ok) return print(invocation, plan, () => '')
        if (!(await agreesToSend(invocation, plan.value))) return refuse(invocation)
        return reportSync(invocation, await sync(true))
      }),
    )
}

async function agreesToSend(invocation: Invocation, { sendsKeysOf, unconfirmed, url }: GatewayPlan): Promise<boolean> {
  await printNote(invocation, keyLines(sendsKeysOf, unconfirmed, url).join('\n'))
  return await agrees(invocation, 'Send them?')
}

async function reportSync(invocation: Invocation, synced: Outcome<GatewaySync>): Promise<ExitCode> {
  const code = await print(invocation, synced, gatewaySyncText)
  const hasFailed = synced.ok && synced.value.steps.some(({ isDone }) => !isDone)
  return hasFailed ? exitCodes.someFailed : code
}

function addTest(parent: Command, execute: Execute): void {
  parent
    .command('test')
    .summary('ask a gateway for nothing, or call a model through it')
    .description(
      'Asks the proxy whether it is ready and takes the key, which costs nothing. With a model, one tiny real call of it through the gateway, too; asks before, because it may cost something.',
    )
    .argument('<id>', 'the gateway', gatewayId)
    .argument('[provider]', 'the provider of a model that is there', providerId)
    .argument('[model]', 'the model', modelId)
    .option('--yes', 'do not ask before a call that may cost something')
    .action((id: string, provider: string | undefined, model: string | undefined, options, command: Command) => {
      if (provider !== undefined && model === undefined)
        throw new UsageError('Name the model, too: gateway test ID PROVIDER MODEL')
      const target = provider === undefined || model === undefined ? undefined : { provider, model }
      return execute(command, async (invocation, { client }) => {
        const isAgreed = target === undefined || (await mayCall(invocation, id, target, options))
        if (!isAgreed) return refuse(invocation)
        const tested = await client.request('gateway/test', { gateway: id, ...(target ? { target } : {}) })
        return print(invocation, tested, (report) => gatewayTestText(invocation, report))
      })
    })
}

async function mayCall(
  invocation: Invocation,
  id: string,
  { provider, model }: { provider: string; model: string },
  { yes }: { yes?: boolean },
): Promise<boolean> {
  if (yes) return true
  const words = `One tiny call of ${provider} / ${model} through ${id} may cost something`
  if (invocation.json || !invocation.terminal.canAsk) throw new UsageError(`${words}: add --yes to agree`)
  return await agrees(invocation, `${words}. Send it?`)
}

function addRemove(parent: Command, execute: Execute): void {
  parent
    .command('remove')
    .summary('remove a gateway, and first its models there')
    .argument('<id>', 'the gateway', gatewayId)
    .option('--yes', 'continue even if its models there cannot be removed')
    .action((id: string, { yes = false }: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const removed = await client.request('gateway/remove', { gateway: id, confirm: yes })
        // Where there is no keyring, none of its keys is in one.
        if (removed.ok) await new KeyStore(invocation.terminal).clear(keyHolderOf(id))
        return print(invocation, removed, ({ removed: gone, left }) =>
          [
            `${id} is removed, and ${count(gone, 'model')} there.`,
            ...(left === 0 ? [] : [`${count(left, 'model')} could not be removed and may still be there.`]),
          ].join(' '),
        )
      }),
    )
}
