import type { Command } from 'commander'
import type { ServerInfo } from '../../protocol/contract.ts'
import { succeed } from '../../protocol/outcome.ts'
import { exitCodes } from '../exitCodes.ts'
import { type Invocation, print } from '../invocation.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Execute } from './execute.ts'

export function addMigrateCommand(program: Command, execute: Execute): void {
  program
    .command('migrate')
    .summary('bring the stored data to this version')
    .description(
      'Opens the stored data, which brings it to this version where that is needed, and tells what was done.',
    )
    .action((_options, command: Command) =>
      execute(command, async (invocation, { info }) => {
        const code = await print(invocation, succeed(info), (value) => storeText(invocation, value))
        return info.store.mode === 'read-only' ? exitCodes.notReady : code
      }),
    )
}

function storeText(_invocation: Invocation, { dataDir, store }: ServerInfo): string {
  return oneLine(`${dataDir}: generation ${store.generation}`)
}
