import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod'
import { CalibrationPoint, type ConfidenceMetrics } from '../../protocol/evaluation.ts'
import { CalibratedModel, UsedCalibration } from '../../protocol/results.ts'
import { calibratedModelKey } from '../domain/calibration.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'

const StoredCalibration = z.object({
  formatVersion: z.literal(1),
  asked: CalibratedModel,
  points: z.array(CalibrationPoint).min(1),
  used: UsedCalibration,
})

/** How a confidence is corrected, and what is told of it. */
export type Calibration = Omit<z.infer<typeof StoredCalibration>, 'formatVersion'>

/** All that there are; `version` is another one when any has changed. */
export interface KnownCalibrations {
  version: string
  byModel: ReadonlyMap<string, Calibration>
}

const longestFile = 4 * 1024 * 1024
/** Profiles and models come and go: the oldest give way. */
const mostCalibrations = 200
const nameForm = /^[0-9a-f]{32}\.json$/

/**
 * What `evaluate` has fitted, in `<data folder>/calibrations`: a file for each model, its options, set of questions and way of confidence.
 * Its name says all of that but the version of the model, so that what is fitted for another version takes the place of the one before;
 * what was fitted for other questions is found no more. Results never hold it: it is laid over them when they are read.
 */
export class Calibrations {
  readonly #files: RunFiles
  readonly #folder: string
  #known: (KnownCalibrations & { changedAtMs: number }) | null = null

  constructor(files: RunFiles, dataDir: string) {
    this.#files = files
    this.#folder = join(dataDir, 'calibrations')
  }

  /** Keeps what could be fitted of an evaluation. Of two versions in it, the one with more answers stays. Throws errors of the disk. */
  async save(measured: readonly ConfidenceMetrics[], at: string): Promise<void> {
    const kept = new Set<string>()
    for (const { asked, items, calibrationError, correction } of measured) {
      const name = nameOf(asked)
      if (correction === null || calibrationError == null || kept.has(name)) continue
      kept.add(name)
      const used = { labels: items, errorBefore: calibrationError, errorAfter: correction.calibrationError, at }
      await this.#write(name, { formatVersion: 1, asked, points: correction.points, used })
    }
    this.#known = null
    if (kept.size > 0) await this.#forgetOldest()
  }

  /** A folder or file that cannot be read corrects nothing. */
  async read(): Promise<KnownCalibrations> {
    const changedAtMs = await this.#changedAt()
    if (this.#known?.changedAtMs === changedAtMs) return this.#known
    const byModel = new Map<string, Calibration>()
    const versions = createHash('sha256')
    for (const name of await this.#names()) {
      const text = await this.#textOf(name)
      const found = text === null ? null : parse(text)
      if (!found) continue
      byModel.set(calibratedModelKey(found.asked), found)
      versions.update(text ?? '')
    }
    const version = byModel.size === 0 ? '' : versions.digest('hex').slice(0, 16)
    this.#known = { version, byModel, changedAtMs }
    return this.#known
  }

  async #write(name: string, stored: z.infer<typeof StoredCalibration>): Promise<void> {
    const path = join(this.#folder, name)
    const temporary = `${path}.${process.pid}.tmp`
    await this.#files.makeFolder(this.#folder)
    const handle = await this.#files.open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(stored)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await this.#files.rename(temporary, path)
  }

  async #forgetOldest(): Promise<void> {
    const names = await this.#names()
    if (names.length <= mostCalibrations) return
    const dated = await Promise.all(
      names.map(async (name) => {
        const found = await this.#files.stat(join(this.#folder, name)).catch(ignoreFileErrors)
        return { name, at: typeof found === 'object' ? found.mtimeMs : 0 }
      }),
    )
    dated.sort((one, other) => one.at - other.at)
    for (const { name } of dated.slice(0, names.length - mostCalibrations)) {
      await this.#files.unlink(join(this.#folder, name)).catch(ignoreFileErrors)
    }
  }

  /** A file that is renamed into the folder changes the folder. -1: there is none. */
  async #changedAt(): Promise<number> {
    const found = await this.#files.stat(this.#folder).catch(ignoreFileErrors)
    return typeof found === 'object' ? found.mtimeMs : -1
  }

  async #names(): Promise<string[]> {
    const names = await this.#files.readdir(this.#folder).catch((error: unknown) => {
      ignoreFileErrors(error)
      return []
    })
    return names.filter((name) => nameForm.test(name)).sort()
  }

  async #textOf(name: string): Promise<string | null> {
    try {
      return (await readRegularFile(this.#files, join(this.#folder, name), longestFile)).toString()
    } catch (error) {
      ignoreFileErrors(error)
      return null
    }
  }
}

function nameOf(asked: CalibratedModel): string {
  const key = calibratedModelKey({ ...asked, version: null })
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`
}

function parse(text: string): Calibration | null {
  try {
    return StoredCalibration.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
