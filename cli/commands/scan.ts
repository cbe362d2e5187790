import type { Command } from 'commander'
import type { FoundServer } from '../../protocol/models.ts'
import type { KindInfo } from '../../protocol/providers.ts'
import { scannedText } from '../../shared/describe/localServer.ts'
import { commandAgain, commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type Execute, examples } from './execute.ts'

export function addScanCommand(provider: Command, execute: Execute): void {
  provider
    .command('scan')
    .summary('look for model servers on this machine')
    .description(
      'Asks the usual ports of this machine, and of no other, whether Ollama, LM Studio, llama.cpp, vLLM or LiteLLM answers there. Adds nothing: it prints the lines that would.',
    )
    .addHelpText('after', examples('llm-providers provider scan'))
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (!invocation.json) await printNote(invocation, 'Asking the usual ports of this machine, and of no other.')
        const found = await client.request('provider/scan', {})
        const code = await print(invocation, found, (servers) => foundText(invocation, servers))
        if (found.ok && !invocation.json) await offerToAdd(invocation, client, found.value)
        if (found.ok && found.value.length === 0 && !invocation.json) await printAsked(invocation)
        return code
      }),
    )
}

/** What was asked, and what to do where nothing answered. */
async function printAsked(invocation: Invocation): Promise<void> {
  await printNote(invocation, `Asked: ${scannedText()}.`)
  const add = commandToType(invocation.call, 'provider', 'add', 'ID', '--kind', 'openai-compatible', '--set')
  await printNextStep(
    invocation,
    `start one of them, such as Ollama (ollama serve), then ${commandAgain(invocation.call)}`,
  )
  await printNote(invocation, `A server that is elsewhere: ${add} base_url=URL`)
}

function foundText({ terminal }: Invocation, servers: readonly FoundServer[]): string {
  return servers.length === 0 ? 'No model server answered.' : renderTable(terminal.stdout, columns, servers)
}

const columns: Column<FoundServer>[] = [
  { heading: 'server', text: ({ label }) => label, most: 24 },
  { heading: 'endpoint', text: ({ endpoint }) => endpoint, most: 40 },
  { heading: 'version', text: ({ version }) => version ?? '', most: 16 },
  { heading: 'provider', text: ({ provider }) => provider ?? 'not added', most: 24 },
  { heading: 'models', text: modelsIn, share: 1 },
]

function modelsIn({ models, state }: FoundServer): string {
  if (state === 'wants_key') return 'wants a key'
  if (state === 'loading') return 'is loading its model'
  return models.length === 0 ? 'none' : models.join(', ')
}

/** One line to type for each server that no provider goes to. */
async function offerToAdd(invocation: Invocation, client: Client, servers: readonly FoundServer[]): Promise<void> {
  const strangers = servers.filter(({ provider }) => provider === null)
  if (strangers.length === 0) return
  const [kinds, views] = await Promise.all([client.request('provider/kinds', {}), client.request('provider/list', {})])
  if (!kinds.ok || !views.ok) return
  const taken = new Set(views.value.map(({ provider }) => provider))
  const { colours, call } = invocation
  for (const server of strangers) {
    const id = freeName(server.preset ?? server.kind, taken)
    taken.add(id)
    const kind = kinds.value.find((each) => each.kind === server.kind)
    const line = commandToType(call, 'provider', 'add', id, ...wordsToAdd(server, kind))
    await printNote(invocation, `${colours.quiet('to add it:')}  ${colours.command(line)}`)
  }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!taken.has(candidate)) return candidate
  }
}

/** What the preset says already need not be typed. */
function wordsToAdd({ kind, preset, config }: FoundServer, info: KindInfo | undefined): string[] {
  const start = info?.presets.find(({ id }) => id === preset)
  const own = Object.entries(config).filter(([name, value]) => start?.config[name] !== value)
  const settings = own.flatMap(([name, value]) => ['--set', `${name}=${String(value)}`])
  return ['--kind', kind, ...(start ? ['--preset', start.id] : []), ...settings]
}
