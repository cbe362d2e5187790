import type { ServerInfo } from '../../protocol/contract.ts'
import type { Store } from './store.ts'

export function describeStore({ mode, generation, damage, migrations }: Store): ServerInfo['store'] {
  return {
    mode: mode.kind,
    why: mode.kind === 'read-only' ? mode.why : null,
    generation,
    damage: [...damage],
    migrations: [...migrations],
  }
}
