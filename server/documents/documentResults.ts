import { isAbsolute, join, relative } from 'node:path'
import type { DocumentItem, DocumentOptions, DocumentPlace, FileOffer } from '../../protocol/documents.ts'
import { goldenFile, type Label } from '../../protocol/labels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { ChangeKind, Changes, Subscription } from '../changes.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import type { Log } from '../rpc/log.ts'
import { withRemembered } from '../runs/rememberedSource.ts'
import type { OpenedFile } from '../sources/openedFile.ts'
import { listShown } from '../store/revisionTable.ts'
import type { Store } from '../store/store.ts'
import type { DocumentClient } from './documentRequests.ts'
import type { Documents, DocumentsParts } from './documents.ts'
import { type RememberedFile, RememberedSources } from './rememberedSources.ts'

interface DocumentResultsParts extends Pick<DocumentsParts, 'runs' | 'timers' | 'advise'> {
  store: Pick<Store, 'read'>
  changes: Pick<Changes, 'on'>
  golden(): Promise<Pick<GoldenStore, 'read'>>
  /** Lets results follow a file that was renamed. */
  renamed: { adopt(path: string): Promise<boolean> }
  log: Pick<Log, 'warn'>
}

/** Results within open documents: what it takes is loaded with the first document that a client sends. */
export class DocumentResults {
  readonly #parts: DocumentResultsParts
  readonly #kept: RememberedSources
  readonly #changes: Subscription
  #documents: Promise<Documents> | null = null

  constructor(parts: DocumentResultsParts) {
    this.#parts = parts
    this.#kept = new RememberedSources(
      () => parts.store.read(listShown),
      (path) => parts.renamed.adopt(path),
    )
    this.#changes = parts.changes.on((kinds) => this.#onChange(kinds))
  }

  /** The newest run whose results a file has, and whether all that it has are of a part of it; null: it has none. */
  async find(path: string): Promise<Pick<RememberedFile, 'runId' | 'isOfLines'> | null> {
    const found = await this.#kept.findAll(path)
    const [newest] = found
    return newest ? { runId: newest.runId, isOfLines: found.every(({ isOfLines }) => isOfLines) } : null
  }

  async item(place: DocumentPlace): Promise<Outcome<DocumentItem | null>> {
    return this.#documents ? (await this.#documents).item(place) : succeed(null)
  }

  /** What a file without results would be judged as, read as a person chose before; null: it is nothing to judge. */
  async offer(path: string): Promise<Outcome<FileOffer | null>> {
    const { offerFile } = await import('./offerFile.ts')
    const { diskFiles } = await import('../files/diskFiles.ts')
    const { source } = withRemembered(this.#parts.store, { source: { kind: 'paths', paths: [path] } })
    return succeed(source.kind === 'paths' ? await offerFile(diskFiles, source) : null)
  }

  /** A file as the client has it open, unsaved changes with it. */
  async findOpen(path: string): Promise<OpenedFile | null> {
    return this.#documents === null ? null : (await this.#documents).findOpen(path)
  }

  /** A run has found something; one that has ended is announced as a change. */
  follow({ runId, finishedAt }: Pick<RunView, 'runId' | 'finishedAt'>): void {
    if (finishedAt === null) void this.#documents?.then((each) => each.follow(runId))
  }

  /** The client wants them. Answers how the documents are reached from then on. */
  begin(client: DocumentClient, options: DocumentOptions): () => Promise<Documents> {
    return () => {
      this.#documents ??= this.#load(client, options)
      return this.#documents
    }
  }

  dispose(): void {
    this.#changes.dispose()
    void this.#documents?.then((each) => each.dispose())
  }

  #onChange(kinds: readonly ChangeKind[]): void {
    const hasRuns = kinds.includes('runs')
    if (hasRuns) this.#kept.forget()
    if (hasRuns || kinds.includes('labels')) {
      void this.#documents?.then((each) => each.renew(hasRuns ? 'results' : 'labels'))
    }
  }

  async #load(client: DocumentClient, { words }: DocumentOptions): Promise<Documents> {
    const { Documents: OpenDocuments } = await import('./documents.ts')
    const { loadPlainText } = await import('../sources/plainText.ts')
    const { diskFiles } = await import('../files/diskFiles.ts')
    const { runs, timers, advise } = this.#parts
    let toPlainText: ReturnType<typeof loadPlainText> | null = null
    return new OpenDocuments({
      kept: this.#kept,
      runs,
      timers,
      advise,
      words,
      files: diskFiles,
      loadPlainText() {
        toPlainText ??= loadPlainText()
        return toPlainText
      },
      labelsFor: (path) => this.#readLabels(path, client.folders()),
      giveWay: () => new Promise((resolve) => setImmediate(resolve)),
      publish: client.publish,
      refresh: client.refresh,
    })
  }

  /** Those of the innermost folder that the client has open and the file is in. */
  async #readLabels(path: string, folders: readonly string[]): Promise<ReadonlyMap<string, Label>> {
    const holding = folders.filter((folder) => isWithin(folder, path)).sort((one, other) => other.length - one.length)
    const [folder] = holding
    if (folder === undefined) return new Map()
    const golden = await (await this.#parts.golden()).read(join(folder, goldenFile))
    if (golden.ok) return new Map([...golden.value.labels].map(([inputHash, { label }]) => [inputHash, label]))
    this.#parts.log.warn(golden.reason.message)
    return new Map()
  }
}

function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path)
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)
}
