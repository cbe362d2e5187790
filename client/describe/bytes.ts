import { tellNumber } from './language.ts'

const units = ['B', 'KB', 'MB', 'GB', 'TB']

/** "4.1 GB": decimal units, as the libraries of models count. */
export function tellBytes(count: number): string {
  const power = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  return `${tellNumber(count / 1000 ** power, { least: power === 0 ? 0 : 1 })} ${units[power]}`
}
