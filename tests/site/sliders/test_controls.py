"""Each control below the pictures: sliders, names to choose from, switches, numbers, the player."""


def check_ranges(figure):
    """Each slider that can be moved changes the picture and the words."""
    for item in figure.find("input[type=range]:visible:enabled").all():
        name = item.get_attribute("aria-label")
        before, said = figure.picture(), figure.words()
        place, value = item.input_value(), item.get_attribute("aria-valuetext")
        for key in ("Home", "End"):
            item.press(key)
            figure.frame()
            if item.get_attribute("aria-valuetext") != value:
                break
        assert item.get_attribute("aria-valuetext") != value, name
        assert figure.picture() != before, name
        assert figure.words() != said, name
        if figure.is_descent:
            figure.reset()
        else:
            item.fill(place)
            assert figure.picture() == before, name


def check_choices(figure):
    """Each name to choose changes the picture and the words, pressed or reached by arrow keys."""
    for group in figure.find("[role=radiogroup]").all():
        options, chosen = group.locator("label").all(), group.locator("input:checked")
        assert chosen.count() == 1
        for option in (o for o in options if not o.locator("input").is_checked()):
            before, said = figure.picture(), figure.words()
            option.click()
            assert figure.picture() != before
            assert figure.words() != said
            assert option.locator("input").is_checked()
        seen = [figure.picture()]
        for _ in options:
            chosen.press("ArrowRight")
            seen.append(figure.picture())
        assert seen[-1] == seen[0], "the arrow key leads round to the first choice"
        assert len(set(seen)) == len(options)


def test_each_slider_and_each_choice_changes_the_picture_and_the_words(figures):
    for figure in figures:
        check_ranges(figure)
        check_choices(figure)


def test_a_switch_shows_and_hides_a_rule(descents):
    for figure in descents:
        for box in figure.find(".gdlib-toggle input").all():
            count, on = len(figure.paths()), box.is_checked()
            box.click()
            assert len(figure.paths()) == count + (-1 if on else 1)
            box.press("Space")
            assert len(figure.paths()) == count


def test_each_objective_can_be_chosen(descents):
    for figure in descents:
        choice = figure.find("select")
        names = choice.locator("option").evaluate_all("(all) => all.map((o) => o.value)")
        for name in [*names[1:], *names[:1]]:
            before = figure.picture()
            choice.select_option(name)
            assert figure.picture() != before
            assert f"On {name.replace('_', ' ')}" in figure.words()


def test_a_number_can_be_typed_and_one_that_makes_no_sense_is_refused(descents):
    for figure in descents:
        number = figure.find(".gdlib-rule input.gdlib-number").first
        for typed in ("0.0123", "-1"):
            number.fill(typed)
            number.press("Enter")
            figure.frame()
            assert number.input_value() == "0.0123"


def test_play_runs_to_the_end_and_pause_stops_it(descents):
    for figure in descents:
        step, play = figure.find("input[data-trait=step]"), figure.find(".gdlib-play")
        step.press("End")
        last = int(step.input_value())
        for _ in range(3):
            step.press("ArrowLeft")
        before = figure.picture()
        play.click()
        figure.page.wait_for_function(
            "([input, last]) => Number(input.value) === last", arg=[step.element_handle(), last]
        )
        figure.frame()
        assert play.text_content() == "Play"
        assert figure.picture() != before
        play.click()
        figure.frame()
        assert play.text_content() == "Pause"
        play.click()
        figure.frame()
        assert play.text_content() == "Play"
        assert int(step.input_value()) < last, "a new run begins at step 0 and stops when told"


def test_each_of_several_controls_answers_alone(page, open_widgets, several):
    figure, second = open_widgets(page, several, several)
    assert figure.find("input[type=range]").count() == 2
    assert figure.find("[role=radiogroup]").count() == 1
    untouched = second.picture()
    check_ranges(figure)
    check_choices(figure)
    assert second.picture() == untouched, "the controls of one figure move another"
    assert page.console_errors == []


def test_several_controls_lead_to_the_member_that_python_names(page, open_widgets, several):
    (figure,) = open_widgets(page, several)
    assert figure.words() == several.words()
    for index in ((0, 2, 1), (2, 0, 2), (1, 2, 0)):
        several.index = index
        figure.find("label").nth(index[0]).click()
        for slider, place in zip(figure.find("input[type=range]").all(), index[1:], strict=True):
            slider.fill(str(place))
        name, gain, depth = several.value
        assert figure.words() == f"activation function: {name}, gain = {gain:g}, depth = {depth}."
        assert figure.words() == several.words()
