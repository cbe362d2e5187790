import type { Category } from '../../protocol/profile.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database } from '../store/database.ts'

interface CategoryAudit {
  action: string
  before: Category | null
  after: Category | null
}

/** Call it in the same change as what it records. */
export function auditCategory(database: Database, at: string, { action, before, after }: CategoryAudit): void {
  const target = (after ?? before)?.slug ?? ''
  recordAudit(database, { at, what: 'category', target, action, before: told(before), after: told(after) })
}

/** What was decided, and not what follows from it. */
function told(category: Category | null): object | null {
  if (!category) return null
  const { effectiveWeight: _, updatedAt: __, ...decided } = category
  return decided
}
