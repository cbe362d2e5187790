import type { Command } from 'commander'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Readiness, Route } from '../../protocol/routing.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import { readinessText } from '../describe/readinessText.ts'
import type { Client } from '../invocation/client.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { print } from '../invocation/invocation.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { type Execute, examples } from './execute.ts'
import { policiesText } from './policy.ts'

export function addReadinessCommand(program: Command, execute: Execute): void {
  program
    .command('readiness')
    .summary('can each task run now, and if not, why not')
    .description(
      'Shows whether categorization and scoring can run now, and if not, why and what to do. Exit code 3 when one cannot.',
    )
    .option('--no-check', 'show the result of the last check, without asking a provider')
    .addHelpText('after', examples('llm-providers readiness', 'llm-providers readiness --no-check --json'))
    .action((options: { check: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const workspaceFolder = await findProfileFolder(invocation.terminal.workingFolder)
        if (options.check) await checkWhatIsStale(invocation, client)
        const outcome = await client.request('readiness/read', { workspaceFolder })
        const code = await print(invocation, outcome, (readiness) =>
          [
            readinessText(invocation, readiness),
            ...(readiness.policies ? [policiesText(readiness.policies)] : []),
          ].join('\n'),
        )
        return outcome.ok && !isReady(outcome.value) ? exitCodes.notReady : code
      }),
    )
}

function isReady(readiness: Readiness): boolean {
  return readiness.categorization.ready && readiness.scoring.ready
}

const freshForMs = 60_000
const patienceMs = 5_000
/** For a provider of which nothing is known: one that is there answers at once, and of another that is said. */
const firstPatienceMs = 1_000

/** A process that lives for one command has no clock of its own: it asks once, all at the same time, and never for long. */
async function checkWhatIsStale(
  invocation: Pick<Invocation, 'terminal'>,
  client: Pick<Client, 'request'>,
): Promise<void> {
  const [providers, routes] = await Promise.all([client.request('provider/list', {}), client.request('route/list', {})])
  if (!providers.ok || !routes.ok) return
  const stale = staleProviders(providers.value, routes.value, invocation.terminal.now())
  const isKnown = new Set(
    providers.value.filter(({ health }) => health.checkedAt !== null).map((view) => view.provider),
  )
  const ask = (names: readonly string[]) => names.map((provider) => client.request('provider/test', { provider }))
  await Promise.all([
    settled(invocation, ask(stale.filter((name) => isKnown.has(name))), patienceMs),
    settled(invocation, ask(stale.filter((name) => !isKnown.has(name))), firstPatienceMs),
  ])
}

async function settled(
  { terminal }: Pick<Invocation, 'terminal'>,
  checks: readonly Promise<unknown>[],
  ms: number,
): Promise<void> {
  if (checks.length === 0) return
  const patience = terminal.wait(ms)
  await Promise.race([Promise.allSettled(checks), patience.over])
  patience.dispose()
}

/** The providers that routes use, switched on, and not asked within the last minute. */
function staleProviders(providers: readonly ProviderView[], routes: readonly Route[], now: Date): string[] {
  const routed = new Set(
    routes.flatMap(({ provider, options }) => [provider, ...fallbacksOf(options).map((fallback) => fallback.provider)]),
  )
  return providers
    .filter(({ provider, enabled }) => enabled && routed.has(provider))
    .filter(({ health: { checkedAt } }) => checkedAt === null || now.getTime() - Date.parse(checkedAt) >= freshForMs)
    .map(({ provider }) => provider)
}
