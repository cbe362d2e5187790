import { join } from 'node:path'
import { goldenFile } from '../../protocol/labels.ts'

export function goldenPath(workspaceFolder: string): string {
  return join(workspaceFolder, ...goldenFile.split('/'))
}
