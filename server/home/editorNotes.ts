import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import * as z from 'zod'
import { EditorHome } from '../../protocol/home.ts'
import { Instant } from '../../protocol/names.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'

type NoteFiles = Pick<RunFiles, 'open' | 'readdir' | 'rename' | 'unlink' | 'makeFolder'>

const longestNote = 16 * 1024

/** What an editor's own storage says once its store is used no more: where the data is. */
const MovedNote = z.object({
  /** moved: it is a copy of what moved there; left: a person went over to what was there before, and it was never copied. */
  state: z.enum(['moved', 'left']),
  dataFolder: z.string(),
  at: Instant,
})
export type MovedNote = z.infer<typeof MovedNote>

export const movedNoteName = 'moved.json'
export const editorsFolder = 'editors'

/** Null: the store in there, if there is one, is in use. */
export async function readMovedNote(files: NoteFiles, editorFolder: string): Promise<MovedNote | null> {
  return read(files, path.join(editorFolder, movedNoteName), MovedNote)
}

export async function writeMovedNote(files: NoteFiles, editorFolder: string, note: MovedNote): Promise<void> {
  await write(files, path.join(editorFolder, movedNoteName), note)
}

/** What the data folder knows of an editor's own storage; null: nothing. It comes into the folder together with the moved data. */
export async function readEditorNote(
  files: NoteFiles,
  dataFolder: string,
  editorFolder: string,
): Promise<EditorHome | null> {
  return read(files, noteOf(dataFolder, editorFolder), EditorHome)
}

export async function writeEditorNote(files: NoteFiles, dataFolder: string, home: EditorHome): Promise<void> {
  await files.makeFolder(path.join(dataFolder, editorsFolder))
  await write(files, noteOf(dataFolder, home.folder), home)
}

/** Every editor that the data folder knows of. */
export async function listEditorNotes(files: NoteFiles, dataFolder: string): Promise<EditorHome[]> {
  const folder = path.join(dataFolder, editorsFolder)
  const names = await files.readdir(folder).catch(ifNone)
  const notes = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => read(files, path.join(folder, name), EditorHome)),
  )
  return notes.filter((note) => note !== null)
}

/** Paths are longer than names may be. */
function noteOf(dataFolder: string, editorFolder: string): string {
  const name = createHash('sha256').update(editorFolder).digest('hex').slice(0, 24)
  return path.join(dataFolder, editorsFolder, `${name}.json`)
}

/** A note that is none, because a disk failed or somebody wrote there, counts as not there: the data says what is true. */
async function read<Note>(files: NoteFiles, file: string, schema: z.ZodType<Note>): Promise<Note | null> {
  try {
    return schema.parse(JSON.parse((await readRegularFile(files, file, longestNote)).toString()))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) ignoreFileErrors(error)
    return null
  }
}

async function write(files: NoteFiles, file: string, note: object): Promise<void> {
  const part = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await files.open(part, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(note)}\n`)
    await handle.sync()
    await handle.close()
    await files.rename(part, file)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await files.unlink(part).catch(ignoreFileErrors)
    throw error
  }
}

function ifNone(error: unknown): string[] {
  ignoreFileErrors(error)
  return []
}
