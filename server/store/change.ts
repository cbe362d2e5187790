import type { Notification } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Directory } from '../directory/directory.ts'
import type { Evaluations } from '../evaluation/evaluations.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { Keys } from '../keys.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import type { Labels } from '../labels/labels.ts'
import type { Log } from '../log.ts'
import type { ModelSources } from '../models/modelViews.ts'
import type { Pulls } from '../models/pulls.ts'
import type { FoundLocally } from '../models/scanServers.ts'
import type { Revisions } from '../revisions/revisions.ts'
import type { Runs } from '../runs/runs.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import type { Database } from './database.ts'
import type { Store } from './store.ts'

export type DataKind = Notification<'data/changed'>['what'][number]

/** What handlers work with; made in server.ts and nowhere else. */
export interface Services {
  store: Store
  directory: Directory
  health: HealthRecords
  keys: Keys
  runs: Runs
  revisions: Revisions
  /** Loaded when somebody asks for a label. */
  labels(): Promise<Labels>
  /** The files that labels are in. */
  golden(): Promise<GoldenStore>
  evaluations(): Promise<Evaluations>
  usage: UsageMeter
  check: CheckTools
  modelSources: ModelSources
  pulls: Pulls
  /** Asks the usual ports of this machine. */
  scanLocalServers(signal: AbortSignal): Promise<FoundLocally[]>
  log: Log
  /** The present as ISO 8601. */
  now(): string
  /** Tells the clients which data to read again, and their status if it changed. */
  tellChanged(...what: DataKind[]): void
}

/** Makes a change and, when it was made, tells the clients what to read again. A failed Outcome takes it back. */
export async function change<Value>(
  services: Pick<Services, 'store' | 'tellChanged'>,
  what: DataKind[],
  mutation: (database: Database) => Outcome<Value>,
): Promise<Outcome<Value>> {
  const outcome = await services.store.change(mutation)
  if (outcome.ok) services.tellChanged(...what)
  return outcome
}
