import type { Gateway } from '../../protocol/gateways.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { listEntries, listGateways } from '../store/gatewayTable.ts'
import type { Store } from '../store/store.ts'
import { viewOf } from './gatewayViews.ts'

/** By name. Apart from what syncs them, which is loaded late: every look at the models asks which there are. */
export function readGateways(store: Pick<Store, 'read'>): Outcome<Gateway[]> {
  return succeed(
    store.read((database) => listGateways(database).map((row) => viewOf(row, listEntries(database, row.gateway)))),
  )
}
