import { FileType, Range, type Uri, Uri as UriClass, WorkspaceEdit, workspace } from 'vscode'
import { keyInSetting } from '../../shared/keys/foundKey.ts'
import { lineValues, type PlacedValue, withoutLineValue } from '../../shared/keys/lineValues.ts'

/** A key in a file of variables of the workspace. */
export interface VariableKey {
  file: Uri
  place: PlacedValue
  key: string
}

/** More than any file of variables. */
const mostBytes = 1_000_000

/** Those of the `.env` of each folder of a trusted workspace. */
export async function findVariableKeys(): Promise<VariableKey[]> {
  if (!workspace.isTrusted) return []
  const files = (workspace.workspaceFolders ?? []).map(({ uri }) => UriClass.joinPath(uri, '.env'))
  return (await Promise.all(files.map(keysOf))).flat()
}

async function keysOf(file: Uri): Promise<VariableKey[]> {
  try {
    const { type, size } = await workspace.fs.stat(file)
    if ((type & FileType.File) === 0 || size > mostBytes) return []
    const text = new TextDecoder().decode(await workspace.fs.readFile(file))
    return lineValues(text).flatMap((place) => {
      const key = keyInSetting(place.name, place.value)
      return key === null ? [] : [{ file, place, key }]
    })
  } catch {
    // There is none, as in most folders.
    return []
  }
}

/** Empties the variable through the editor, so that an open document follows; false: it has another value by now, or cannot be saved. */
export async function removeVariable({ file, place }: VariableKey): Promise<boolean> {
  const document = await workspace.openTextDocument(file)
  const text = document.getText()
  const after = withoutLineValue(text, place)
  if (after === null || document.isDirty) return false
  const edit = new WorkspaceEdit()
  edit.replace(file, new Range(document.positionAt(0), document.positionAt(text.length)), after)
  return (await workspace.applyEdit(edit)) && (await document.save())
}
