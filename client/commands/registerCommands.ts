import { commands, type Disposable } from 'vscode'
import type * as z from 'zod'
import type { Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime, ServerState } from '../connection/serverLifetime.ts'
import type { Notifier } from '../forms/notifier.ts'

/** What a command does while the server runs, and what while it does not; or one thing that does not depend on it. */
export type CommandForms<Args> =
  | { whenUp(api: Api, args: Args): Promise<void>; whenDown?(state: ServerState, args: Args): Promise<void> }
  | { always(args: Args): Promise<void> }

export interface Command {
  run(args: unknown[], parts: { lifetime: ServerLifetime; notifier: Notifier }): Promise<void>
}

/** The arguments come from menus, keybindings and other extensions, so they are checked like any other input. */
export function command<Schema extends z.ZodType>(schema: Schema, forms: CommandForms<z.output<Schema>>): Command {
  return {
    async run(args, { lifetime, notifier }) {
      const parsed = schema.parse(args)
      if ('always' in forms) return forms.always(parsed)
      const state = await lifetime.settle()
      if (state.kind === 'running') return forms.whenUp(state.process.api, parsed)
      return forms.whenDown ? forms.whenDown(state, parsed) : notifier.showServerDown(state)
    },
  }
}

/** The one funnel: nothing that a command throws gets past it. */
export function registerCommands(
  table: Readonly<Record<string, Command>>,
  parts: { lifetime: ServerLifetime; notifier: Notifier },
): Disposable {
  const store = createDisposableStore()
  for (const [id, command] of Object.entries(table)) {
    store.add(
      commands.registerCommand(id, async (...args: unknown[]) => {
        const before = parts.lifetime.state
        try {
          await command.run(args, parts)
        } catch (error) {
          const after = parts.lifetime.state
          if (before.kind === 'running' && before !== after) await parts.notifier.showServerLost()
          else await parts.notifier.reportBug(id, error)
        }
      }),
    )
  }
  return store
}
