import {
  commands,
  type Disposable,
  type Memento,
  type Tab,
  TabInputCustom,
  TabInputNotebook,
  TabInputText,
  Uri,
  window,
} from 'vscode'
import * as z from 'zod'
import type { Params } from '../../protocol/contract.ts'
import { InputHash } from '../../protocol/labels.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Answered, Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import type { Signal } from '../connection/signal.ts'
import type { Snapshot, SnapshotStore } from '../connection/snapshot.ts'
import type { ContextKey } from './contextKeys.ts'

const neededCorrections = 3
/** The editor waits for up to five seconds before it reads walkthroughs, and starts extensions meanwhile. */
const walkthroughMs = 6_000
const memoryKey = 'llmProviders.firstSteps'
/** Files of items by their names. Texts are not among them: hardly any that is opened is there to be judged. */
const itemFiles = /\.(jsonl|ndjson|csv|tsv|tab|log|sarif|rss|atom|opml|xlsx|xlsm|parquet|db|sqlite3?)(\.(gz|zst))?$/i

/** What a person has done. The state of the editor is a file that anything may have written. */
const Progress = z.object({
  opened: z.boolean().catch(false),
  described: z.boolean().catch(false),
  connected: z.boolean().catch(false),
  /** Different items, and no more of them than are needed. */
  corrected: z.array(InputHash).max(neededCorrections).catch([]),
})
type Progress = z.infer<typeof Progress>

export interface FirstStepsParts {
  /** Of the person, over all folders. */
  memory: Pick<Memento, 'get' | 'update'>
  set(key: ContextKey, value: boolean): void
  /** Absolute path of the folder with the samples: what is in it is nobody's own. */
  samples: string
  /** Null: there is no server. */
  connect(): Promise<Pick<Api, 'request'> | null>
}

type Label = Params<'label/save'>['label']

/**
 * What the walkthrough ticks: each step once a person has done it, whichever way they took. Ticks are kept by the editor. It
 * misses a context that was there before it had read the walkthrough, and does not look again in that window: so nothing is
 * said before `begin`, and then all that is known, of earlier windows too.
 */
export class FirstSteps {
  readonly #parts: FirstStepsParts
  #progress: Progress
  #hasBegun = false

  constructor(parts: FirstStepsParts) {
    this.#parts = parts
    this.#progress = Progress.catch(Progress.parse({})).parse(parts.memory.get(memoryKey))
  }

  /** To be called when the editor has read the walkthrough. */
  begin(): void {
    this.#hasBegun = true
    this.#setKeys()
  }

  fileOpened(path: string): void {
    if (itemFiles.test(path) && !path.startsWith(this.#parts.samples)) this.#did({ opened: true })
  }

  requestAnswered({ name, params, result }: Answered): void {
    if (name === 'profile/choose' && result.ok) this.#did({ described: true })
    if (name === 'label/save' && result.ok) void this.#labelled(params.label)
  }

  /** A run says all of its file at once: it was opened, by which list it is judged, and that something has judged it. */
  runHeard({ profile, evaluation, counts }: RunView): void {
    const isSample = profile?.name?.startsWith(this.#parts.samples)
    if (profile === null || isSample || evaluation !== undefined) return
    this.#did({
      opened: true,
      described: this.#progress.described || profile.unchosen === undefined,
      connected: this.#progress.connected || counts.ok > 0,
    })
  }

  /** The built-in provider is there without anybody having connected it; one that is called has to have answered. */
  follow(snapshot: Snapshot | null): void {
    const isConnected = snapshot?.providers.some(({ endpoint, health }) => endpoint !== null && health.state === 'ok')
    if (isConnected) this.#did({ connected: true })
  }

  /** To accept what the model said is a label, too, and no correction. */
  async #labelled(label: Label): Promise<void> {
    const isDone = () => this.#progress.corrected.length >= neededCorrections
    const api = isDone() ? null : await this.#parts.connect()
    if (!api || (await isAccepted(api, label)) || isDone()) return
    this.#did({ corrected: [...new Set([...this.#progress.corrected, label.inputHash])] })
  }

  #did(done: Partial<Progress>): void {
    const before = this.#progress
    const now = { ...before, ...done }
    if (JSON.stringify(now) === JSON.stringify(before)) return
    this.#progress = now
    void this.#parts.memory.update(memoryKey, now)
    if (this.#hasBegun) this.#setKeys()
  }

  #setKeys(): void {
    const { opened, described, connected, corrected } = this.#progress
    this.#parts.set('llmProviders.hasOpenedItems', opened)
    this.#parts.set('llmProviders.hasChosenCategories', described)
    this.#parts.set('llmProviders.hasConnected', connected)
    this.#parts.set('llmProviders.hasCorrected', corrected.length >= neededCorrections)
  }
}

/** Whether it says of the item what the run that it is about has found, as far as it says anything. */
async function isAccepted(api: Pick<Api, 'request'>, label: Label): Promise<boolean> {
  const { runId, id, inputHash, categories, interest, quality, criteria } = label
  if (runId === undefined) return false
  const found = await api.request('run/item', { runId, id, inputHash })
  const result = found.ok ? found.value?.result : null
  if (!result) return false
  const pairs = [
    [categories, result.categories],
    [interest, result.interest],
    [quality, result.quality],
    ...Object.entries(criteria ?? {}).map(([name, said]) => [said, result.criteria?.[name]]),
  ]
  return pairs.every(([said, was]) => said == null || JSON.stringify(said) === JSON.stringify(was))
}

/** Whatever tells that a person has done a step, from now on. */
export function followFirstSteps({
  lifetime,
  snapshots,
  signals,
  answers,
  ...parts
}: Omit<FirstStepsParts, 'connect'> & {
  lifetime: Pick<ServerLifetime, 'connect'>
  snapshots: Pick<SnapshotStore, 'changes'>
  signals: Pick<ServerSignals, 'runs'>
  answers: Signal<Answered>
}): Disposable {
  const store = createDisposableStore()
  const firstSteps = new FirstSteps({ ...parts, connect: () => lifetime.connect() })
  store.add(watchOpenedFiles(firstSteps))
  store.add(answers.listen((answered) => firstSteps.requestAnswered(answered)))
  store.add(signals.runs.listen((run) => firstSteps.runHeard(run)))
  store.add(snapshots.changes.listen((snapshot) => firstSteps.follow(snapshot)))
  const timer = setTimeout(() => firstSteps.begin(), walkthroughMs)
  store.add({ dispose: () => clearTimeout(timer) })
  return store
}

/** Every file that has a tab, now and later, however it came there: by a dialog, the explorer, or dropped on the editor. */
function watchOpenedFiles(firstSteps: Pick<FirstSteps, 'fileOpened'>): Disposable {
  const look = (tabs: readonly Tab[]) => {
    for (const { input } of tabs) {
      const hasFile =
        input instanceof TabInputText || input instanceof TabInputNotebook || input instanceof TabInputCustom
      if (hasFile && input.uri.scheme === 'file') firstSteps.fileOpened(input.uri.fsPath)
    }
  }
  look(window.tabGroups.all.flatMap(({ tabs }) => tabs))
  return window.tabGroups.onDidChangeTabs(({ opened, changed }) => look([...opened, ...changed]))
}

/** A step of the walkthrough, as the manifest names it. */
export const StepName = z.enum(['file', 'categories', 'model', 'corrections'])

/** The picture of a step in a tab of its own: the editor draws none beside the steps where it is narrower than 950 pixels. */
export async function showPicture(samples: Uri, step: z.infer<typeof StepName>): Promise<void> {
  const picture = Uri.joinPath(samples, '..', 'media', 'walkthrough', `${step}.webp`)
  await commands.executeCommand('vscode.open', picture)
}
