/** Where the focus comes back to. */
export const addCategoryId = 'add-category'
export const editId = (slug: string) => `edit-category-${slug}`
export const rowId = (slug: string) => `category-${slug}`
