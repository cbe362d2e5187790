import type { Outcome } from '../../protocol/outcome.ts'
import type { SourceSettings } from '../../protocol/sources.ts'
import { localizable } from '../../shared/message.ts'
import type { Content } from './fileContent.ts'
import { fileFailure } from './fileFailure.ts'
import type { OpenedTable, StoredFile } from './openedFile.ts'

/** A file that is no text, read by the one reader that knows what it holds; each is loaded when the first such file comes. */
export async function openTableFile(
  stored: StoredFile,
  settings: SourceSettings,
  content: Exclude<Content, 'text' | 'gzip' | 'zstd'>,
): Promise<Outcome<OpenedTable>> {
  switch (content) {
    case 'zip':
      return (await import('./spreadsheet.ts')).openSpreadsheet(stored, settings)
    case 'office':
      return await refuseOffice(stored)
    case 'encrypted_parquet':
      return fileFailure(stored.path, 'encrypted', localizable('it is encrypted'), { saveAs: 'Parquet' })
    case 'sqlite':
      return (await import('./sqliteFile.ts')).openSqlite(stored, settings)
    case 'parquet':
      return (await import('./parquetFile.ts')).openParquet(stored)
    default:
      return content satisfies never
  }
}

const sectorSizeAt = 30
const firstSectorAt = 48
/** The names in a container of sectors stand in UTF-16, one in each 128 bytes of its first sector of names. */
async function refuseOffice(stored: StoredFile) {
  const header = await stored.read(0, 512)
  const sectorBytes = header.length < 512 ? 512 : 2 ** Math.min(16, header.readUInt16LE(sectorSizeAt))
  const sector = header.length < 512 ? 0 : header.readUInt32LE(firstSectorAt)
  const names = (await stored.read((sector + 1) * sectorBytes, 4096)).toString('utf16le')
  const { path } = stored
  if (names.includes('EncryptedPackage'))
    return fileFailure(path, 'encrypted', localizable('it is protected by a password'))
  if (names.includes('WordDocument'))
    return fileFailure(path, 'unsupported', localizable('it is a Word document'), { saveAs: 'plain text (.txt)' })
  return names.includes('Workbook') || names.includes('Book') || /\.xl[st]$/i.test(path)
    ? fileFailure(path, 'unsupported', localizable('it is a spreadsheet in the old format (.xls)'), { saveAs: '.xlsx' })
    : fileFailure(path, 'unsupported', localizable('it is a document of an older Office program'), { saveAs: 'CSV' })
}
