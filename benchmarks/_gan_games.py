"""The GANs of lesson 22 on nine modes of made-up heads: networks, losses, and one game of both."""

from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

NOISE, SIZE, BATCH = 64, 32, 64
WISHES = 7  # three views, three contrasts, a lesion
softplus = tf.math.softplus
# What is paid for the discriminator's answer: by it on a real image, by it on a fake, by the
# generator for its fake.
VANILLA = (lambda real: softplus(-real), softplus, lambda fake: softplus(-fake))
LSGAN = (lambda real: (real - 1) ** 2, lambda fake: fake**2, lambda fake: (fake - 1) ** 2)
WGAN = (lambda real: -real, lambda fake: fake, lambda fake: -fake)


class Spread(layers.Layer):
    """Add a map that holds how much the images of the batch differ.

    A generator that makes one image only is found out by it. Karras et al., Progressive growing
    of GANs, ICLR 2018, arXiv:1710.10196.
    """

    def call(self, maps):
        """Return (n, height, width, channels + 1)."""
        # The root of 0, where a unit is silent for the whole batch, has no finite slope.
        spread = ops.mean(ops.sqrt(ops.maximum(ops.var(maps, axis=0), 1e-12)))
        return ops.concatenate([maps, ops.ones_like(maps[..., :1]) * spread], -1)


def generator(widths=(96, 48, 16), wishes=0, normalise=True, kernel=4):
    """Return a network from noise and wishes (n, 64 + wishes) to heads (n, 32, 32, 1), 0..1."""
    between = (lambda: layers.BatchNormalization(momentum=0.9)) if normalise else layers.Identity
    network = [keras.Input((NOISE + wishes,)), layers.Dense(16 * widths[0], use_bias=False)]
    network += [layers.Reshape((4, 4, widths[0]))]
    look = {"strides": 2, "padding": "same"}
    for width in widths[1:]:
        network += [between(), layers.ReLU()]
        network += [layers.Conv2DTranspose(width, kernel, use_bias=False, **look)]
    last = layers.Conv2DTranspose(1, kernel, activation="sigmoid", **look)
    return keras.Sequential([*network, between(), layers.ReLU(), last])


def discriminator(widths=(16, 48, 96), wishes=0, spread=True, leak=0.2):
    """Return a network from images (n, 32, 32, 1 + wishes) to logits or scores (n, 1)."""
    network = [keras.Input((SIZE, SIZE, 1 + wishes))]
    for width in widths:
        network += [layers.Conv2D(width, 4, strides=2, padding="same"), layers.LeakyReLU(leak)]
    network += [Spread()] * spread
    return keras.Sequential([*network, layers.Flatten(), layers.Dense(1)])


def article_generator():
    """Return the article's generator, mended: from 8 × 8 it grows to (n, 32, 32, 3), -1..1.

    The article begins with 7 × 7 and wants 28 × 28; 8 × 8 is the one change for images of 32.
    """
    x = noise = keras.Input((100,))
    for width in (256, 512, 1024, 8 * 8 * 256):
        x = layers.BatchNormalization()(layers.Dense(width, activation="relu")(x))
    x = layers.Reshape((8, 8, 256))(x)
    for maps, stride in ((128, 2), (128, 2), (64, 1)):
        x = layers.Conv2DTranspose(maps, 3, strides=stride, padding="same")(x)
        x = layers.BatchNormalization()(x)
    last = layers.Conv2D(3, 3, padding="same", activation="tanh")
    return keras.Model(noise, last(x))


def article_discriminator():
    """Return the article's discriminator for (n, 32, 32, 3), with logits in place of a sigmoid."""
    x = images = keras.Input((SIZE, SIZE, 3))
    for maps in (64, 128, 256):
        x = layers.Conv2D(maps, 3, strides=2, padding="same")(x)
        x = layers.BatchNormalization()(x)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(x)))


def wear(images, wishes):
    """Return images (n, 32, 32, 1) with one more plane for each wish: (n, 32, 32, 1 + wishes)."""
    planes = ops.ones_like(images) * ops.reshape(wishes, (-1, 1, 1, ops.shape(wishes)[1]))
    return ops.concatenate([images, planes], -1)


def numbers_for(network, n, seed):
    """Return what a generator takes, noise and, if it takes wishes, random ones: (n, …)."""
    rng, size = np.random.default_rng(seed), network.input_shape[1]
    if size != NOISE + WISHES:
        return rng.normal(size=(n, size)).astype("float32")
    wishes = [np.eye(3)[rng.integers(3, size=n)] for _ in range(2)]
    wishes += [rng.integers(2, size=(n, 1))]
    return np.hstack([rng.normal(size=(n, NOISE)), *wishes]).astype("float32")


def lengths(discriminate, images):
    """Return the length of the slope at each image, (n,)."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = discriminate(images, training=True)
    slopes = tape.gradient(scores, images)
    return tf.sqrt(tf.reduce_sum(slopes**2, axis=(1, 2, 3)) + 1e-12)


def gradient_penalty(discriminate, real, fake):
    """Return ten times the mean of (length - 1)² between real and fake (WGAN-GP)."""
    share = tf.random.uniform((tf.shape(real)[0], 1, 1, 1))
    between = share * real + (1 - share) * fake
    return 10 * tf.reduce_mean((lengths(discriminate, between) - 1) ** 2)


def flat_at_real(discriminate, real, fake):
    """Return 0.15 times the mean squared slope at real images (R1)."""
    return 0.15 * tf.reduce_mean(lengths(discriminate, real) ** 2)


def clipping(discriminate, real, fake):
    """Cut all weights of the critic to ±0.03 (WGAN)."""
    for weight in discriminate.trainable_variables:
        weight.assign(tf.clip_by_value(weight, -0.03, 0.03))
    return 0.0


@dataclass(frozen=True)
class Rule:
    """What one game is played by."""

    losses: tuple = VANILLA
    bound: callable = None
    turns: int = 1  # steps of the discriminator for one of the generator
    rates: tuple = (1e-3, 1e-3)
    momentum: float = 0.0
    batch: int = BATCH
    average: float = 0.998  # of the generator's weights on the way; 0: the last ones count
    build: tuple = field(default=(generator, discriminator))


RULES = {
    "article": Rule(
        momentum=0.9,
        average=0.0,
        build=(article_generator, article_discriminator),
    ),
    "collapse": Rule(
        rates=(4e-3, 1e-5),
        momentum=0.5,
        average=0.0,
        build=(generator, lambda: discriminator(spread=False)),
    ),
    "vanilla": Rule(),
    "LSGAN": Rule(LSGAN),
    "WGAN": Rule(WGAN, clipping),
    "WGAN-GP": Rule(WGAN, gradient_penalty),
    "R1": Rule(bound=flat_at_real),
}
# The recipe of R1 with one choice taken back.
CHOICES = {
    "all choices": Rule(bound=flat_at_real),
    "no batch norm": Rule(
        bound=flat_at_real, build=(lambda: generator(normalise=False), discriminator)
    ),
    "kernel 3": Rule(bound=flat_at_real, build=(lambda: generator(kernel=3), discriminator)),
    "ReLU": Rule(bound=flat_at_real, build=(generator, lambda: discriminator(leak=0.0))),
    "momentum 0.9": Rule(bound=flat_at_real, momentum=0.9),
    "no R1": Rule(),
}
CONDITIONAL = Rule(
    bound=flat_at_real,
    build=(lambda: generator(wishes=WISHES), lambda: discriminator(wishes=WISHES)),
)
ALL = RULES | CHOICES | {"few": RULES["R1"], "conditional": CONDITIONAL}
# As many images as the article's game sees, 25,600, in smaller batches: steps are what counts.
ALL["early"] = Rule(bound=flat_at_real, average=0.98, batch=16)


class Game(keras.Model):
    """Generator and discriminator at play; the generator's weights are averaged on the way."""

    def __init__(self, rule, steps):
        super().__init__()
        if rule.average**steps > 0.06:
            raise ValueError(
                f"Expected an average that has forgotten the first of {steps} steps. Received "
                f"{rule.average}, which keeps {rule.average**steps:.0%} of it. Take at most "
                f"1 - 4 / steps, {1 - 4 / steps:.4f}."
            )
        self.rule, self.players = rule, [build() for build in rule.build]
        falling = [keras.optimizers.schedules.CosineDecay(rate, steps) for rate in rule.rates]
        look = {"beta_1": rule.momentum, "beta_2": 0.99}
        self.adams = [
            keras.optimizers.Adam(
                falling[0], use_ema=rule.average > 0, ema_momentum=rule.average, **look
            ),
            keras.optimizers.Adam(falling[1], **look),
        ]
        for adam, player in zip(self.adams, self.players, strict=True):
            adam.build(player.trainable_variables)
        self.compile(jit_compile=False, steps_per_execution=20)

    def _fakes(self, real):
        wishes = real[:, 0, 0, 1:] if self.rule is CONDITIONAL else real[:, 0, 0, :0]
        noise = tf.random.normal(
            (tf.shape(real)[0], self.players[0].input_shape[1] - wishes.shape[1])
        )
        made = self.players[0](tf.concat([noise, wishes], 1), training=True)
        return wear(made, wishes) if self.rule is CONDITIONAL else made

    def _learn(self, who, tape, loss):
        weights = self.players[who].trainable_variables
        self.adams[who].apply(tape.gradient(loss, weights), weights)

    def train_step(self, real):
        """Let both step; return both losses."""
        pay_real, pay_fake, wish = self.rule.losses
        for _ in range(self.rule.turns):
            fake = self._fakes(real)
            with tf.GradientTape() as tape:
                on_real, on_fake = (self.players[1](x, training=True) for x in (real, fake))
                paid = tf.reduce_mean(pay_real(on_real) + pay_fake(on_fake))
                bound = self.rule.bound(self.players[1], real, fake) if self.rule.bound else 0.0
                whole = paid + bound
            self._learn(1, tape, whole)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(wish(self.players[1](self._fakes(real), training=True)))
        self._learn(0, tape, loss)
        return {"discriminator": paid, "generator": loss}

    def settle(self, batches=60):
        """Give the generator its averaged weights, and normalisation the statistics of these."""
        if self.rule.average:
            self.adams[0].finalize_variable_values(self.players[0].trainable_variables)
        for layer in self.players[0].layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = 0.9  # or the article's 0.99 would keep half of what was before
        for seed in range(batches):
            self.players[0](numbers_for(self.players[0], 256, seed), training=True)
