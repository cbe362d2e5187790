import type { Command } from 'commander'
import type { ServerInfo } from '../../protocol/contract.ts'
import { succeed } from '../../protocol/outcome.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count, localTime } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Execute } from './execute.ts'

export function addMigrateCommand(program: Command, execute: Execute): void {
  program
    .command('migrate')
    .summary('upgrade the stored data to this version')
    .description('Opens the stored data, upgrades it to this version if needed, and shows what was done.')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { info }) => {
        const code = await print(invocation, succeed(info), (value) => storeText(invocation, value))
        return info.store.mode === 'read-only' ? exitCodes.notReady : code
      }),
    )
}

function storeText({ terminal }: Invocation, { dataDir, store }: ServerInfo): string {
  const colours = coloursFor(terminal.stdout)
  const steps = store.migrations.map(({ name, applied, appliedAt }) =>
    applied === 'now'
      ? `${colours.good('applied now')}  ${oneLine(name)}`
      : `${colours.quiet('was applied')}  ${oneLine(name)}  ${colours.quiet(localTime(appliedAt))}`,
  )
  const applied = store.migrations.filter((step) => step.applied === 'now').length
  const end = applied === 0 ? 'up to date, nothing to do' : `up to date, ${count(applied, 'migration')} applied`
  const state = store.why === null ? end : `${colours.bad('can only be read')}: ${oneLine(store.why)}`
  return [...steps, `${oneLine(dataDir)}: ${state}`].join('\n')
}
