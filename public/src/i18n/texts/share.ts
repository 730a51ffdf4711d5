// Sharing a link or a picture.

const en = {
  undo: 'Undo',
  redo: 'Redo',
  savedViews: 'Saved views',
  noViews: 'No view is saved in this browser yet.',
  viewName: 'Name of this view',
  saveView: 'Save this view',
  deleteView: (name: string) => `Delete ${name}`,
  copyLink: 'Copy link to this view',
  takePicture: 'Save a picture of this view',
  shared: {
    copied: 'Link copied.',
    notCopied: 'The browser does not allow copying. You can copy the link from the address bar.',
    taken: 'Picture saved.',
  },
  pictureTaken: (moment: string) => `Picture taken ${moment}`,
};

const fa: typeof en = {
  undo: 'واگرد',
  redo: 'انجام دوباره',
  savedViews: 'نماهای ذخیره‌شده',
  noViews: 'هنوز نمایی در این مرورگر ذخیره نشده است.',
  viewName: 'نام این نما',
  saveView: 'ذخیرهٔ این نما',
  deleteView: (name) => `حذف ${name}`,
  copyLink: 'کپی لینک این نما',
  takePicture: 'ذخیرهٔ تصویر این نما',
  shared: {
    copied: 'لینک کپی شد.',
    notCopied: 'مرورگر اجازهٔ کپی کردن نمی‌دهد. می‌توانید لینک را از نوار نشانی کپی کنید.',
    taken: 'تصویر ذخیره شد.',
  },
  pictureTaken: (moment) => `تصویر گرفته‌شده در ${moment}`,
};

export const share = { en, fa };
