import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { Surface } from '../../protocol/home.ts'
import { KeyHolder } from '../../protocol/names.ts'
import { ignoreFileErrors } from './fileErrors.ts'
import { makeFolder } from './makeFolder.ts'

/** That there is a key, who keeps it, and the origin it was entered for: nothing of the key itself. */
const KeyNote = z.object({ holder: KeyHolder, origin: z.string().max(2048) })
type KeyNote = z.infer<typeof KeyNote>

const noteName = /^[^/\\]+\.(editor|terminal)\.json$/

/**
 * Who keeps a key in a secret store of its own, beside the data that editor and terminal share: neither can read the other's secret
 * store, so each leaves a note there. A note that cannot be read or written counts as not there: it only makes a sentence better.
 */
export class KeyNotes {
  readonly #folder: string
  readonly #surface: Surface | undefined
  #read: { at: number; notes: (KeyNote & { surface: Surface })[] } | null = null

  /** Without a surface nothing is noted: the client keeps no keys. */
  constructor(dataDir: string, surface: Surface | undefined) {
    this.#folder = path.join(dataDir, 'keys')
    this.#surface = surface
  }

  all(): { holder: string; keptBy: Surface[] }[] {
    const holders = [...new Set(this.#notes().map(({ holder }) => holder))].sort()
    return holders.map((holder) => ({
      holder,
      keptBy: Surface.options.filter((each) =>
        this.#notes().some((note) => note.holder === holder && note.surface === each),
      ),
    }))
  }

  /** Somebody else who keeps a key for this origin; undefined: nobody that is known of, or nobody asks. */
  otherKeeper(holder: string, origin: string | null): Surface | undefined {
    if (this.#surface === undefined) return undefined
    return this.#notes().find(
      (note) => note.surface !== this.#surface && note.holder === holder && note.origin === origin,
    )?.surface
  }

  /** Whether this surface had the key when it was last asked for it. */
  isKeptHere(holder: string, origin: string | null): boolean {
    return this.#notes().some(
      (note) => note.surface === this.#surface && note.holder === holder && note.origin === origin,
    )
  }

  /** What this surface's secret store answered: the origin of the key that it has; null: it has none. */
  note(holder: string, origin: string | null): void {
    if (this.#surface === undefined) return
    const known = this.#notes().find((note) => note.surface === this.#surface && note.holder === holder)
    if ((known?.origin ?? null) === origin) return
    const place = path.join(this.#folder, `${encodeURIComponent(holder)}.${this.#surface}.json`)
    try {
      if (origin === null) rmSync(place, { force: true })
      else this.#write(place, { holder, origin })
    } catch (error) {
      ignoreFileErrors(error)
    }
    this.#read = null
  }

  #write(place: string, note: KeyNote): void {
    makeFolder(this.#folder)
    const part = `${place}.${randomBytes(6).toString('hex')}.tmp`
    writeFileSync(part, JSON.stringify(note), { mode: 0o600, flag: 'wx' })
    renameSync(part, place)
  }

  /** Read again when the folder changed, which it does with each name in it. */
  #notes(): readonly (KeyNote & { surface: Surface })[] {
    try {
      const at = statSync(this.#folder).mtimeMs
      if (this.#read?.at !== at) this.#read = { at, notes: readNotes(this.#folder) }
      return this.#read.notes
    } catch (error) {
      ignoreFileErrors(error)
      return []
    }
  }
}

function readNotes(folder: string): (KeyNote & { surface: Surface })[] {
  return readdirSync(folder).flatMap((name) => {
    const surface = Surface.safeParse(noteName.exec(name)?.[1])
    const note = surface.success ? readNote(path.join(folder, name)) : null
    return surface.success && note ? [{ ...note, surface: surface.data }] : []
  })
}

const longestNote = 16 * 1024

function readNote(place: string): KeyNote | null {
  try {
    const stats = statSync(place)
    if (!stats.isFile() || stats.size > longestNote) return null
    return KeyNote.parse(JSON.parse(readFileSync(place, 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) ignoreFileErrors(error)
    return null
  }
}
