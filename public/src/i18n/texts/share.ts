// Sharing a link or a picture.

const en = {
  copyLink: 'Copy the link to this view',
  takePicture: 'Save a picture of this view',
  shared: {
    copied: 'The link to this view is copied.',
    notCopied: 'The browser does not let us copy; the link is in the address bar.',
    taken: 'The picture is saved.',
  },
  pictureTaken: (moment: string) => `Picture of ${moment}`,
};

const fa: typeof en = {
  copyLink: 'رونوشت پیوند این نما',
  takePicture: 'ذخیرهٔ تصویر این نما',
  shared: {
    copied: 'پیوند این نما رونوشت شد.',
    notCopied: 'مرورگر اجازهٔ رونوشت نمی‌دهد؛ پیوند در نوار نشانی است.',
    taken: 'تصویر ذخیره شد.',
  },
  pictureTaken: (moment) => `تصویر ${moment}`,
};

export const share = { en, fa };
