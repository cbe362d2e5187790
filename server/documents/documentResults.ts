import { isAbsolute, join, relative } from 'node:path'
import type { DocumentItem, DocumentOptions, DocumentPlace } from '../../protocol/documents.ts'
import { goldenFile, type Label } from '../../protocol/labels.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ServerLabels } from '../labels/loadLabels.ts'
import type { FindInEditor } from '../runs/sources/openedFile.ts'
import type { DataKind, Services } from '../store/change.ts'
import { listKept } from '../store/revisionTable.ts'
import type { DocumentClient } from './documentRequests.ts'
import type { Documents } from './documents.ts'
import { createKeptSources, type KeptSources } from './keptSources.ts'

/** Results within open documents: what it takes is loaded with the first document that a client sends. */
export interface ServerDocuments {
  kept: KeptSources
  item(place: DocumentPlace): Promise<Outcome<DocumentItem | null>>
  /** A file as the client has it open, unsaved changes with it. */
  findOpen: FindInEditor
  /** The client wants them. Answers how the documents are reached from then on. */
  begin(client: DocumentClient, options: DocumentOptions): () => Promise<Documents>
  /** Data has changed, here or in another process. */
  changed(what: readonly DataKind[]): void
  dispose(): void
}

type Parts = Pick<Services, 'store' | 'runs' | 'log'> & {
  labelling: Pick<ServerLabels, 'golden'>
  timers: { after(delayMs: number, work: () => void): { dispose(): void } }
}

export function createServerDocuments({ store, runs, log, labelling, timers }: Parts): ServerDocuments {
  const kept = createKeptSources(() => store.read(listKept))
  let documents: Promise<Documents> | null = null

  async function load(client: DocumentClient, { words }: DocumentOptions): Promise<Documents> {
    const { createDocuments } = await import('./documents.ts')
    const { loadPlainText } = await import('../runs/items/plainText.ts')
    const { diskFiles } = await import('../runs/files.ts')
    let toPlainText: ReturnType<typeof loadPlainText> | null = null
    return createDocuments({
      ...{ kept, runs, timers, words },
      files: diskFiles,
      loadPlainText() {
        toPlainText ??= loadPlainText()
        return toPlainText
      },
      labelsFor: (path) => readLabels(path, client.folders()),
      giveWay: () => new Promise((resolve) => setImmediate(resolve)),
      publish: client.publish,
      refresh: client.refresh,
    })
  }

  /** Those of the innermost folder that the client has open and the file is in. */
  async function readLabels(path: string, folders: readonly string[]): Promise<ReadonlyMap<string, Label>> {
    const holding = folders.filter((folder) => isWithin(folder, path)).sort((one, other) => other.length - one.length)
    const [folder] = holding
    if (folder === undefined) return new Map()
    const golden = await (await labelling.golden()).read(join(folder, goldenFile))
    if (golden.ok) return new Map([...golden.value.labels].map(([inputHash, { label }]) => [inputHash, label]))
    log.warn(golden.reason.message)
    return new Map()
  }

  return {
    kept,
    async item(place) {
      return documents ? (await documents).item(place) : succeed(null)
    },
    async findOpen(path) {
      return documents === null ? null : (await documents).findOpen(path)
    },
    begin: (client, options) => () => {
      documents ??= load(client, options)
      return documents
    },
    changed(what) {
      const hasRuns = what.includes('runs')
      if (hasRuns) kept.forget()
      if (hasRuns || what.includes('labels')) void documents?.then((each) => each.renew(hasRuns ? 'results' : 'labels'))
    },
    dispose: () => void documents?.then((each) => each.dispose()),
  }
}

function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path)
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)
}
