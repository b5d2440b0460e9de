"""The limits of the frame judge: each with its reason, and what raising or lowering it does."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Fraction = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
_Positive = Annotated[float, msgspec.Meta(gt=0.0)]
_Grey = Annotated[float, msgspec.Meta(ge=0.0, le=255.0)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grey levels are 0 to 255; pictures have a long side of 320 pixels."""

    # Rate asked of a camera that names none. Only a measure for low_fps.
    assumed_fps: _Positive = 10.0
    # Share of the nominal rate from which pictures count as too few. A dark room may lower a healthy camera to two
    # thirds (longer exposure), a fault halves it: the middle. Higher: more alarms in the dark; lower: misses stutter.
    low_rate_share: _Fraction = 0.58
    # Highest brightness of the room (99 of 100 pixels) at which automatic exposure is at its end: from there on a
    # camera lengthens the exposure and delivers fewer pictures, 15 instead of 30 a second. Rooms in full light reach
    # 170 and more. Higher: misses half the rate in good light; lower: alarms in dim rooms.
    dim_brightest: _Grey = 168.0
    # Share of the nominal rate that a camera in dim light may fall to by design: a half is usual, a third happens.
    # Higher: alarms in dim rooms; lower: misses stutter there.
    dim_rate_share: _Fraction = 0.3
    # Share of blocks that may change in a repeated picture. The stillest room behind the strongest noise reduction and
    # the coarsest coder changes 0.04 and more in all but single pictures; what a coder still refines in a repeated
    # one stays under 0.03. Higher: still rooms look frozen; lower: a repeated picture that is coded again passes.
    repeated_blocks: _Fraction = 0.025
    # Share of blocks that change at some time of a burst. Every live view reaches 0.9 however little changes from
    # picture to picture; a repeated picture that is coded again changes only in blocks that lie on the edge of two
    # steps, up to 0.45. Higher: still rooms look frozen; lower: such a picture passes.
    touched_blocks: _Fraction = 0.56
    # Grey difference of a block that changes (the middle of all), and of the liveliest block, up to which a picture
    # that is coded again varies: 0.8 and 2.7. Coarse coders of live views step by 1.2 and more, and the quietest
    # person by 20. Higher: rooms behind coarse coders look frozen; lower: a picture that is coded coarsely passes.
    fine_flips: _Positive = 1.0
    fine_change: _Positive = 3.2
    # Share of edge pixels, in the average over the burst, below which a picture is plain: a wall, or a cover.
    plain_edge_share: _Fraction = 0.001
    # Share of repeated pictures from which the burst is frozen. Coders that take every second picture over as it was
    # give a half. Higher: misses freezes in pieces; lower: alarms there.
    frozen_share: _Fraction = 0.6
    # Repeated pictures in a row from which a burst is frozen: 0.5 s. A still room behind a coarse coder repeats two
    # or three times. Higher: misses freezes that begin late; lower: alarms on such rooms.
    frozen_run: _Positive = 5.0
    # Mean grey that a black picture stays under. Camera black is 0 or 16, plus noise.
    # Higher: dim rooms need more structure to pass; lower: noisy black passes as a dark room.
    black_luma: _Grey = 24.0
    # Grey levels of structure that all pictures share, from which something is seen in the dark. Noise leaves up to
    # 0.5, a lens cap's own shading about 1; the darkest room that shows anything has 4.
    # Higher: very dark rooms count as black; lower: a black picture with a shading passes.
    black_structure: _Positive = 1.5
    # Share of the picture in one white. Windows and lamps take up to an eighth, a large window a quarter; from two
    # fifths on faces go. Higher: only gross overexposure; lower: alarms on sunny windows.
    clipped_share: _Fraction = 0.28
    # Mean grey of what is not white, from which the exposure could still fall. Beside a wall of glass automatic
    # exposure leaves a rest of 30 to 100, a stuck exposure one of 115 and more. Higher: misses a stuck exposure of a
    # room with dark parts; lower: alarms in glass rooms.
    unclipped_luma: _Grey = 112.0
    # Darkest grey (of 200 pixels one) of a view with edges, from which it is washed out: any room has something dark,
    # at 60 or less. Higher: misses slight veils; lower: alarms on bright views.
    veiled_darkest: _Grey = 100.0
    # Share of edge pixels that a view must have for that: a bare wall has nothing dark either.
    veiled_edges: _Fraction = 0.02
    # What is left of the learned view's contrast, in the middle cell, when it is washed out. Higher: hazy light alarms;
    # lower: slight veils pass.
    veiled_contrast: _Fraction = 0.72
    # Share of pixels in surfaces without any grain, from which a picture that does not change was drawn: of two tones
    # (a ground and a sign), and of shaded grounds. Frozen photographs reach 0.6. Higher: coded cards are called
    # frozen; lower: frozen pictures of plain rooms are called cards.
    card_share: _Fraction = 0.7
    card_share_shaded: _Fraction = 0.9
    # Share of pixels in the two fullest tones that a card of two tones has.
    card_tones: _Fraction = 0.6
    # Share of pictures that the decoder mended or gave up, from which the stream is damaged. A single one in a burst
    # happens on any cable. Higher: misses a loose plug; lower: a single lost packet counts.
    damaged_share: _Fraction = 0.12
    # Share of pixels that flash up in one picture alone. Motion gives up to 0.0001, sparse sensor or cable noise
    # 0.003. Higher: misses sparse noise; lower: fast motion of fine patterns alarms.
    impulse_share: _Fraction = 0.0006
    # A row unlike both neighbours in one picture alone, in typical rows. Motion gives up to 5, a broken line over 35.
    # Higher: misses faint lines; lower: alarms on moving horizontal edges.
    line_rows: _Positive = 13.0
    # Steps on the coder's grid of 8 pixels beyond those elsewhere, share of its pixels. Compression of moving
    # things gives up to 0.0016, lost blocks from 0.004. Higher: misses few lost blocks; lower: coarse codecs alarm.
    block_steps: _Fraction = 0.0026
    # Grey levels that one sideways jump between two rows explains. Rooms give up to 1, tears from 8.
    # Higher: misses tears in plain views; lower: stairs and blinds alarm.
    tear_gain: _Positive = 5.0
    # Pixels of 57,600 that stand out of all their neighbours, in every picture: nothing that a lens shows does. Fine
    # patterns give up to 0.0003, one pixel of three hundred 0.003. Higher: misses few specks; lower: lace alarms.
    speck_share: _Fraction = 0.0012
    # Share of pixels with a speck in one picture alone, smeared by a coder, all over the picture (see
    # corruption.passing_specks). Vibration and slides leave up to 0.00025, one pixel of fifty hit leaves 0.001.
    # Higher: misses few specks; lower: trembling fine patterns alarm.
    passing_specks: _Fraction = 0.0004
    # Share of the pictures that are the one before, rolled up or down. No camera that tilts gives one.
    rolled_share: _Fraction = 0.5
    # Seam of a rolled picture over what rows differ by, see damage.wrapped. Higher: misses rolls in plain views; lower:
    # views whose borders look alike by chance alarm.
    wrapped_seam: _Positive = 1.6
    # Correlation of two rows after the jump sideways that mends a tear, see damage.torn.
    torn_rows: _Fraction = 0.86
    # Grey levels by which everything below a row steps at once, see corruption.band_step. Lamps and exposure that step
    # while the shutter rolls ramp over many rows. Higher: misses faint bands; lower: camera flashes alarm.
    band_step: _Positive = 8.0
    # Correlation of the picture's halves, fine structure included. Views give up to 0.6, a repeated half 0.95.
    repeated_halves: _Fraction = 0.9
    # Share of rows at the lower end that a decoder filled in with one value.
    constant_rows: _Fraction = 0.05
    # Rows unlike their neighbours over these unlike each other. Views stay under 0.8, woven fields begin at 1.5.
    combed_rows: _Positive = 1.15
    # Rows or columns that stand out from side to side, see damage.dead_columns. A grid on a wall may imitate one.
    dead_lines: _Positive = 2.0
    # Slope over brightness of a cell below which it shows nothing. Noise alone gives 0.002 to 0.003.
    # Higher: plain rooms look covered; lower: noise passes as structure.
    flat_structure: _Positive = 0.0045
    # Share of cells with structure that a learned view must have before losing them can mean a cover.
    least_structured_share: _Fraction = 0.2
    # What is left of a cell's structure, against the learned view, when it counts as lost: blur keeps more.
    # Higher: defocus turns into covered; lower: frosted film passes.
    lost_structure: _Fraction = 0.33
    # Share of structured cells lost, against the learned view, from which the lens is covered ("most of the view").
    # Higher: misses half covers; lower: a person close to the camera alarms.
    covered_share: _Fraction = 0.6
    # Without a learned view: share of flat cells. Plain rooms have up to 0.55. Higher and lower as above.
    flat_share: _Fraction = 0.68
    # Without a learned view a flat picture at least this bright and this grey may be a wall: automatic exposure
    # brings a wall to middle grey (118 to 128) or above and automatic white balance makes it grey, while what lies
    # on a lens takes light away. Higher brightness, lower greyest: plain walls alarm; the other way: covers pass.
    wall_luma: _Grey = 117.0
    wall_greyest: _Fraction = 0.09
    # Unevenness (see features.unevenness) from which a picture without any edge is no wall: lamps leave up to 0.015 on
    # a wall, shapes behind frosted film 0.04. Higher: frosted film passes; lower: walls in spotlights alarm.
    wall_unevenness: _Fraction = 0.028
    # Share of the picture that one dark piece without any grain takes, from the border inwards, beside a room that has
    # grain. Dark furniture takes up to 0.3. Higher: misses covers of half the lens; lower: dark corners alarm.
    veiled_share: _Fraction = 0.45
    # Share of the picture's border that this piece takes. Higher and lower as above.
    veiled_border: _Fraction = 0.35
    # Brightness of that piece over the rest's, at most: what lies on a lens takes light away. Higher: walls behind
    # people alarm; lower: grey cloth passes.
    veiled_darker: _Fraction = 0.9
    # Share of structured cells that look otherwise at the burst's end than at its beginning, from which the camera
    # itself moves (or the light changes): what stands still cannot be told then. A person close to it reaches 0.9.
    roaming: _Fraction = 0.95
    # Learned corners that a part of the view, enlarged, must still have at its places. Higher: framing looks like a
    # moved camera; lower: a moved camera looks like framing.
    framed_corners: _Positive = 12.0
    # ln of the change of one channel's gain against the learned view (0.35: by 42 %). White balance under lamps of
    # another colour stays below 0.3. Higher: misses strong tints; lower: alarms in the evening.
    balance_shift: _Positive = 0.34
    # How much worse the learned pattern of colours fits than the same with red and blue changed over (see
    # features.swapped_chroma). Healthy views reach 0.87, swapped ones begin at 1.13. Higher: misses swaps in grey
    # rooms; lower: alarms where people and lamps change the colours of most of the view.
    swapped_chroma: _Positive = 1.0
    # How much further from grey the greyest tenth of the picture is than in the learned view: chroma that is swapped
    # or stuck leaves nothing grey. Higher and lower as above.
    greyest_shift: _Positive = 0.25
    # Without a learned view: distance from grey, in one direction, of nine pixels of ten (see features.colour_balance).
    # Rooms of one colour reach 0.15.
    # Higher: only gross casts; lower: wooden rooms alarm.
    greyest_colour: _Positive = 0.28
    # Times that limit from which a warm or a green picture is said to be wrong: a wooden wall in evening light reaches
    # 0.65, plants before a green wall 1.0. Below, it is in doubt.
    warm_or_green: _Positive = 4.5
    # Brightest grey (99 of 100 pixels) and most noise (see life.Life.step) of a picture without any colour that is no
    # night camera's (their lamps leave 185), and how differently coloured a learned view must be for grey to be a loss.
    greyed_brightest: _Grey = 190.0
    greyed_noise: _Positive = 1.2
    greyed_learned: _Positive = 0.05
    # Grey level under which neither a move is looked for nor sharpness compared: noise moves corners and edges.
    moved_luma: _Grey = 45.0
    # Cells with corners that a learned view must have: fewer can be hidden by one person.
    moved_cells: _Positive = 6.0
    # Share of these cells, one added, that must still have a corner at its place, above chance. Low light, people and
    # coders leave 0.15 and more, a shift of 20 pixels at most 0.11. Higher: full rooms alarm; lower: small shifts pass.
    in_place_share: _Fraction = 0.14
    # Correlation with the learned view, over the cells, of how much structure there is, from which the view is the same
    # one whatever its corners say: noise moves corners and not furniture. A shift of 20 pixels leaves up to 0.83,
    # healthy views in doubt have 0.86 and more. Higher: noisy pictures alarm; lower: small shifts pass.
    structure_alike: _Fraction = 0.88
    # Share of edge pixels below which sharpness is not judged: a wall has no edges.
    defocus_edge_share: _Fraction = 0.02
    # Without a learned view: edge ratio (see features.sharpness). A soft lens in a cropped picture gives 1.41 or more.
    # Higher: soft cheap cameras alarm; lower: slight defocus passes.
    defocus_sharpness: _Positive = 1.40
    # Blur on top of the learned view's, in pixels² (a disc of radius r has r²/4). Coarse compression, strong noise
    # reduction and vibration add up to 0.55, a disc of 2 pixels 1.
    # Higher: slight defocus passes; lower: alarms on cheap coders.
    added_blur: _Positive = 0.56
    # The same of the sharpest of some pictures of the burst: a shaking camera blurs some, a lens all of them.
    # Vibration leaves 0.09, noise reduction in dim light 0.28, which is why both must be over their limits.
    # Higher: slight defocus of a noisy camera passes; lower: vibration and dim rooms alarm.
    added_blur_least: _Positive = 0.3
    # Times that limit from which blur is named before a move: corners cannot be found in it, while turning and
    # resampling a picture adds less.
    added_blur_gross: _Positive = 5.0
    # Cells that must have edges both now and in the learned view for that comparison.
    defocus_cells: _Positive = 4.0
    # Without a learned view: share of defocus_sharpness below which blur is named before a move.
    defocus_gross: _Fraction = 0.9
