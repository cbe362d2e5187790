import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { listFolderFiles } from './folderFiles.ts'
import type { OpenedFile } from './openedFile.ts'
import { countFoundFile, countOpened, type ItemCount, type ReadingContext } from './readInputs.ts'
import type { EntryStream } from './sourceEntry.ts'
import type { SourceInput } from './sourceInput.ts'

/** How far a pass over a source has come that only counts it. */
export interface CountingStep {
  items: number
  /** Of the source, above 0 and below 1, by bytes; null: not known. */
  share: number | null
}

export type ItemCounting = AsyncGenerator<CountingStep, Outcome<null>, void>

/** Counts the items of a source by reading them. */
export async function* countEntries(entries: EntryStream): ItemCounting {
  let items = 0
  try {
    for (;;) {
      const next = await entries.next()
      if (next.done) return next.value
      items += next.value.length
      yield { items, share: null }
    }
  } finally {
    await entries.return(succeed(null))
  }
}

/** Counts the items of a source piece by piece. Ends with a failure where it cannot be read to its end. */
export async function* countItems(inputs: readonly SourceInput[], context: ReadingContext): ItemCounting {
  const watched = { bytes: 0 }
  const isOne = inputs.length === 1 && inputs[0]?.kind === 'file'
  const size = inputs[0]?.size ?? 0
  const reading = isOne ? { ...context, open: watching(context.open, watched) } : context
  let items = 0
  for (const input of inputs) {
    const counting = countInput(input, reading)
    try {
      for (;;) {
        const next = await counting.next()
        if (next.done && !next.value.ok) return next.value
        if (next.done) break
        items += next.value
        const share = watched.bytes / size
        yield { items, share: share > 0 && share < 1 ? share : null }
      }
    } finally {
      await counting.return(succeed(null))
    }
  }
  return succeed(null)
}

async function* countInput({ path, kind, count }: SourceInput, context: ReadingContext): ItemCount {
  if (kind === 'folder') return yield* countFolder(path, context)
  if (count !== undefined) {
    yield count
    return succeed(null)
  }
  const opened = await context.open(path, context.settingsOf(path))
  if (!opened.ok) return opened
  try {
    return yield* countOpened(opened.value, context)
  } finally {
    await opened.value.close()
  }
}

async function* countFolder(folder: string, context: ReadingContext): ItemCount {
  const paths = listFolderFiles(context.files, folder)
  for (;;) {
    const next = await paths.next()
    if (next.done) return next.value
    const counted = yield* countFoundFile(next.value, context)
    if (!counted.ok) return counted
  }
}

/** Notes how many bytes of a file were read. Of a packed one that says nothing of how much is left. */
function watching(open: ReadingContext['open'], watched: { bytes: number }): ReadingContext['open'] {
  return async (path, settings) => {
    const opened = await open(path, settings)
    if (!opened.ok || opened.value.table || opened.value.unpackedSize !== undefined) return opened
    return succeed({ ...opened.value, chunks: () => watch(opened.value.chunks(), watched) })
  }
}

async function* watch(
  chunks: ReturnType<OpenedFile['chunks']>,
  watched: { bytes: number },
): ReturnType<OpenedFile['chunks']> {
  try {
    for (;;) {
      const next = await chunks.next()
      if (next.done) return next.value
      watched.bytes += next.value.length
      yield next.value
    }
  } finally {
    await chunks.return(succeed(null))
  }
}
