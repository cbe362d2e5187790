import path from 'node:path'
import { lineValues, type PlacedValue, withoutLineValue } from '../../protocol/lineValues.ts'
import { jsonValues, withoutJsonValue } from './jsonValues.ts'

/** What can be done with a kind of file: its values, and the same file without one of them, all else as it stands. */
export interface KeyFileFormat {
  values(text: string): PlacedValue[]
  /** Null: this file is only read, because nobody can say how it has to be changed. */
  without: ((text: string, place: PlacedValue) => string | null) | null
}

/** By the file's name; what is unknown is read line by line and never changed. */
export async function formatOf(file: string): Promise<KeyFileFormat> {
  const name = path.basename(file).toLowerCase()
  const extension = path.extname(name)
  if (['.json', '.jsonc', '.code-workspace'].includes(extension))
    return { values: jsonValues, without: withoutJsonValue }
  if (['.yaml', '.yml'].includes(extension)) {
    const { withoutYamlValue, yamlValues } = await import('./yamlValues.ts')
    return { values: yamlValues, without: withoutYamlValue }
  }
  const isVariables = /^\.env(?:\.|$)|\.env$/.test(name)
  return { values: lineValues, without: isVariables ? withoutLineValue : null }
}
