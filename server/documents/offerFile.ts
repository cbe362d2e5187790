import { basename, sep } from 'node:path'
import { type FileOffer, longestDocument } from '../../protocol/documents.ts'
import type { SourceFormat, SourceSpec } from '../../protocol/sources.ts'
import { isRecord } from '../../shared/isRecord.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { countWords } from '../sources/fieldGuess.ts'
import { resultsFileName } from '../sources/folderFiles.ts'
import { parsedLoosely } from '../sources/jsonRow.ts'
import { findFrontMatter } from '../sources/markdownFile.ts'
import type { OpenedFile } from '../sources/openedFile.ts'
import { openSource, settingsByPath } from '../sources/openSource.ts'
import { openSourceFile } from '../sources/openSourceFile.ts'
import { type FileReading, planReading } from '../sources/readFile.ts'
import type { SourceEntry } from '../sources/sourceEntry.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

type PathsSource = Extract<SourceSpec, { kind: 'paths' }>

/** Rows whose texts are looked at. */
const sampledRows = 50

/**
 * What a file that nobody has judged yet would be judged as: rows with something in them that a person could read. Null: it is none
 * that anybody means to judge, such as code, settings, figures, results of ours, or more than 5 MB.
 */
export async function offerFile(files: RunFiles, source: PathsSource): Promise<FileOffer | null> {
  const [path] = source.paths as [string]
  if (isNeverData(path) || !(await isSmall(files, path))) return null
  const settings = settingsByPath(source, undefined)(path)
  const opened = await openSourceFile(files, path, settings)
  if (!opened.ok) return null
  const reading = planReading(opened.value, settings)
  const isData = looksLikeData(opened.value, reading)
  await opened.value.close()
  if (!isData) return null
  return await countRows(files, source, reading.format)
}

async function isSmall(files: RunFiles, path: string): Promise<boolean> {
  try {
    const stats = await files.stat(path)
    return stats.isFile() && stats.size <= longestDocument
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

/** What programs are set up by has rows and sentences, too. */
const settingsNames =
  /^(?:(?:package|composer|bower|lerna|nx|project|turbo|vercel|firebase|angular|deno|biome|renovate|manifest|openapi|swagger|schema|settings|launch|tasks|keybindings|devcontainer|global|appsettings|config|configuration|extensions|pom|nuget|web|app)(?:[.-].*)?\.(?:jsonc?|xml|config)|(?:npm-shrinkwrap|package-lock|components|pipfile\.lock|packages\.lock)\.json|[jt]sconfig.*\.json|\..*|.*[.-](?:lock|schema|config|conf|settings|rc|snippets|webmanifest|importmap|min|geo|i18n|nls)\.jsonc?|.*(?:rc|eslint|prettier|lint|babel)\.jsonc?|(?:requirements|constraints|license|licence|robots|humans|ads|cmakelists|authors|codeowners)[\w.-]*\.txt|(?:readme|changelog|contributing|license|licence|code_of_conduct|security|skill|agents|claude|history|authors)\.(?:md|markdown|mdx))$/i
/** Folders of programs: nothing in them is anybody's material. */
const programFolders =
  /^(?:\..+|node_modules|vendor|dist|build|out|target|coverage|__pycache__|locales?|i18n|_locales)$/i

function isNeverData(path: string): boolean {
  const name = basename(path)
  return (
    settingsNames.test(name) ||
    resultsFileName.test(name) ||
    path
      .split(sep)
      .slice(0, -1)
      .some((folder) => programFolders.test(folder))
  )
}

function looksLikeData(file: OpenedFile, reading: FileReading): boolean {
  const { format } = reading
  switch (format) {
    case 'text':
      return false
    case 'markdown':
      return findFrontMatter(file.head.toString()) !== null
    case 'json':
      return isNear(reading) && !isSettings(file)
    default:
      return true
  }
}

/** A list deep within a document is hardly what the document is about. */
function isNear({ items, objects }: FileReading): boolean {
  return items !== null && !objects && items.filter((key) => key !== '*').length <= 2
}

/** By what stands at the top of a JSON document beside its list. */
const settingsKeys =
  /^(?:\$schema|openapi|swagger|compilerOptions|dependencies|devDependencies|scripts|manifest_version|lockfileVersion|extends|plugins|rules|engines|contributes|configurations|recommendations|asyncapi|nbformat|workspaces|overrides|definitions|\$defs|paths|mcpServers|crs|bbox|sourcesContent|mappings)$/

function isSettings({ head }: OpenedFile): boolean {
  const text = head.toString()
  if (text.trimStart().startsWith('[')) return false
  const value = parsedLoosely(text)
  if (isRecord(value)) return Object.keys(value).some((key) => settingsKeys.test(key))
  // Too large to be read whole: what stands before the list is at its beginning.
  return [...text.slice(0, 4000).matchAll(/"([^"\\]{1,40})"\s*:/g)].some(([, key = '']) => settingsKeys.test(key))
}

async function countRows(files: RunFiles, source: PathsSource, format: SourceFormat): Promise<FileOffer | null> {
  const opened = await openSource({ source }, files, defaultSourceLimits)
  if (!opened.ok) return null
  const entries = opened.value.read()
  const sample: SourceEntry[] = []
  let rows = 0
  for (;;) {
    const next = await entries.next()
    if (next.done) {
      const isOffered = rows >= fewest(format) && holdsText(sample, format)
      // What comes after the place where a file breaks is not known.
      return isOffered ? { rows, isAbout: !next.value.ok, format } : null
    }
    if (sample.length < sampledRows) sample.push(...next.value.slice(0, sampledRows - sample.length))
    rows += next.value.length
  }
}

/** One line or one object alone is no list. */
function fewest(format: SourceFormat): number {
  return format === 'csv' || format === 'tsv' || format === 'json' || format === 'log' ? 2 : 1
}

/** Most of the first rows have a few words; what a format is made for has them. */
function holdsText(sample: readonly SourceEntry[], format: SourceFormat): boolean {
  const texts = sample.flatMap((entry) => (entry.kind === 'readable' ? [entry.text] : []))
  if (format === 'sarif' || format === 'github' || format === 'markdown') return texts.length > 0
  const least = format === 'log' ? 1 : 3
  return texts.length > 0 && texts.filter((text) => countWords(text) >= least).length * 2 >= sample.length
}
